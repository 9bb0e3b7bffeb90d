import { Link } from 'react-router';
import { formatCount } from '#web/lib/format.ts';
import { paths } from '#web/lib/paths.ts';
import { Notice } from '#web/ui/notice.tsx';
import type { DeleteAttempt } from './delete-attempt.ts';

interface DeleteStatusProps {
  attempt: DeleteAttempt;
  online: boolean;
}

/** What became of the last try, and what stands in the way of the next. */
export function DeleteStatus({ attempt: { phase, failure, secondsLeft }, online }: DeleteStatusProps) {
  const isWaiting = phase === 'checking' || phase === 'busy';
  return (
    <>
      <div aria-live="polite">
        {phase === 'sending' && (
          <span className="visually-hidden">Waiting for the registry to delete it</span>
        )}
        {isWaiting && (
          <Notice tone="warning" title="Outcome unknown, checking…">
            It was sent once and is not sent again. You can close this: the outcome will be in{' '}
            <Link to={paths.activity()}>Activity</Link>.
          </Notice>
        )}
        {!online && !isWaiting && (
          <Notice tone="warning" title="You are offline">
            Deleting is not available. Nothing is sent later by itself.
          </Notice>
        )}
      </div>
      {failure !== undefined && (online || phase === 'unknown') && !isWaiting && phase !== 'sending' && (
        <Notice
          tone={failure.next === 'retry' ? 'danger' : 'warning'}
          title={failure.title}
          requestId={failure.requestId}
          role="alert"
        >
          {failure.text}
          {failure.next === 'check' && (
            <>
              {' '}
              It stays in <Link to={paths.activity()}>Activity</Link>.
            </>
          )}
        </Notice>
      )}
      {secondsLeft > 0 && <p role="timer">You can try again in {formatCount(secondsLeft, 'second')}.</p>}
    </>
  );
}
