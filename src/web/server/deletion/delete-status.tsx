import { Link } from 'react-router';
import { MovedTo } from '#web/components/outcomes/moved-to.tsx';
import { RetryTimer } from '#web/components/outcomes/retry-timer.tsx';
import { paths } from '#web/lib/paths.ts';
import { Notice } from '#web/ui/messages/notice.tsx';
import type { DeleteAttempt } from './delete-attempt.ts';
import type { DeleteFailure } from './delete-failure.ts';

interface DeleteStatusProps {
  phase: DeleteAttempt['phase'];
  online: boolean;
}

/** What is going on, or what stands in the way of a try. */
export function DeleteStatus({ phase, online }: DeleteStatusProps) {
  if (phase === 'sending') {
    return <span className="visually-hidden">Waiting for the registry to delete it</span>;
  }
  if (phase === 'checking' || phase === 'busy') {
    return (
      <Notice tone="warning" title="Outcome unknown, checking…">
        It was sent once and is not sent again. You can close this: the outcome will be in{' '}
        <Link to={paths.activity()}>Activity</Link>.
      </Notice>
    );
  }
  if (online) return null;
  return (
    <Notice tone="warning" title="You are offline">
      Deleting is not available. Nothing is sent later by itself.
    </Notice>
  );
}

interface DeleteFailureNoticeProps {
  failure: DeleteFailure;
  /** Seconds to wait before trying again; 0: none. */
  secondsLeft: number;
}

/** Why the last try failed, and when the next may follow. */
export function DeleteFailureNotice({ failure, secondsLeft }: DeleteFailureNoticeProps) {
  return (
    <>
      <Notice
        tone={failure.next === 'retry' ? 'danger' : 'warning'}
        title={failure.title}
        requestId={failure.requestId}
        role="alert"
      >
        {failure.text}
        <MovedTo name={failure.movedTo} />
        {failure.next === 'check' && (
          <>
            {' '}
            It stays in <Link to={paths.activity()}>Activity</Link>.
          </>
        )}
      </Notice>
      <RetryTimer secondsLeft={secondsLeft} />
    </>
  );
}
