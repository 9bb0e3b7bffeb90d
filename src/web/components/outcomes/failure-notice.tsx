import type { ReactNode } from 'react';
import { requestIdOf } from '#web/api/calling/call-api.ts';
import { Button } from '#web/ui/button.tsx';
import { Notice } from '#web/ui/messages/notice.tsx';
import { failureWords } from './failure-words.ts';

interface FailureNoticeProps {
  /** What could not be loaded or done. */
  title: ReactNode;
  error: Error;
  /** Absent where it is tried again by what failed: a form, a button. */
  retry?: { run: () => void; isRunning: boolean };
}

/** Says in its place that something could not be loaded or done, why, and how to try again. */
export function FailureNotice({ title, error, retry }: FailureNoticeProps) {
  return (
    <Notice
      tone="danger"
      title={title}
      role="alert"
      requestId={requestIdOf(error)}
      actions={
        retry && (
          <Button size="sm" onClick={retry.run} pending={retry.isRunning}>
            Try again
          </Button>
        )
      }
    >
      <bdi>{failureWords(error)}</bdi>
    </Notice>
  );
}
