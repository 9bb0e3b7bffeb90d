import type { ReactNode } from 'react';
import { createPortal } from 'react-dom';
import { Button } from '#web/ui/button.tsx';
import { Notice } from '#web/ui/messages/notice.tsx';
import styles from './session-notice.module.css';
import type { SessionEnding } from './use-session-ending.ts';

interface SessionNoticeProps {
  ending: SessionEnding | undefined;
  /** True while the end is being put off. */
  isStaying: boolean;
  onStay: () => void;
  onSignIn: () => void;
}

const clock = new Intl.DateTimeFormat('en', { timeStyle: 'short' });

/**
 * Announces the end of the session, politely and once. A live region directly under the body, which modal dialogs leave
 * exposed while they hide the rest of the page from assistive technology.
 */
export function SessionNotice({ ending, isStaying, onStay, onSignIn }: SessionNoticeProps) {
  let notice: ReactNode;
  if (ending?.by === 'idle') {
    notice = (
      <Notice
        tone="warning"
        title={`You will be signed out within 2 minutes, at ${clock.format(ending.at)}`}
        actions={
          <Button size="sm" variant="primary" onClick={onStay} pending={isStaying}>
            Stay signed in
          </Button>
        }
      >
        Nothing was done here for a while.
      </Notice>
    );
  } else if (ending?.by === 'end') {
    notice = (
      <Notice
        tone="warning"
        title={`Your session ends within 2 minutes, at ${clock.format(ending.at)}`}
        actions={
          <Button size="sm" variant="primary" onClick={onSignIn}>
            Sign in again
          </Button>
        }
      >
        It has lasted as long as a session may. What you typed stays.
      </Notice>
    );
  }
  return createPortal(
    <output className={styles['region']} aria-live="polite">
      {notice}
    </output>,
    document.body,
  );
}
