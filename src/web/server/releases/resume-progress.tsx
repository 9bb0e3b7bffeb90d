import { Link } from 'react-router';
import type { Release } from '#contract/registry-answers.ts';
import { MovedTo } from '#web/components/outcomes/moved-to.tsx';
import { RetryTimer } from '#web/components/outcomes/retry-timer.tsx';
import { releaseStatus } from '#web/components/server-marks/release-status.ts';
import { paths } from '#web/lib/paths.ts';
import { Button } from '#web/ui/button.tsx';
import { Notice } from '#web/ui/messages/notice.tsx';
import type { ResumeAttempt } from './resume-attempt.ts';
import { When } from './release-words.tsx';

interface ResumeProgressProps {
  attempt: ResumeAttempt;
  /** The release that was resumed, as it stands now. */
  newest: Release;
}

/** What became of a resume, and of the release after it. */
export function ResumeProgress({ attempt, newest }: ResumeProgressProps) {
  const { phase, failure, secondsLeft, check } = attempt;
  const isDone = phase === 'done';
  const { outcome } = releaseStatus(newest.status);
  return (
    <>
      {isDone && outcome === 'succeeded' && (
        <Notice tone="success" title="The release that you resumed is live">
          It is the one of <When release={newest} />.
        </Notice>
      )}
      {isDone && outcome === 'needs-sign-in' && (
        <Notice tone="warning" title="It was resumed, and waits for a sign-in">
          The registry took it up, and was not let in. Sign in at the server first, then resume it again.
        </Notice>
      )}
      {phase === 'checking' && (
        <Notice tone="warning" title="Outcome unknown, checking…">
          It was sent once and is not sent again. The outcome will be in{' '}
          <Link to={paths.activity()}>Activity</Link>, too.
        </Notice>
      )}
      {failure !== undefined && (
        <Notice
          tone={failure.isOpen ? 'warning' : 'danger'}
          title={failure.title}
          requestId={failure.requestId}
          role="alert"
          actions={
            failure.isOpen && (
              <Button size="sm" onClick={check}>
                Check again
              </Button>
            )
          }
        >
          {failure.text}
          <MovedTo name={failure.movedTo} />
          <RetryTimer secondsLeft={secondsLeft} />
        </Notice>
      )}
      <output className="visually-hidden">{saidOf(attempt, outcome)}</output>
    </>
  );
}

// Once for each step: what was refused is an alert.
function saidOf({ phase }: ResumeAttempt, outcome: ReturnType<typeof releaseStatus>['outcome']): string {
  if (phase === 'sending') return 'Resuming the release';
  if (phase === 'checking') return 'Whether it was resumed is not known yet. Checking.';
  if (phase !== 'done') return '';
  if (outcome === 'releasing') return 'The release was resumed, and is under way.';
  if (outcome === 'succeeded') return 'The release was resumed, and is live.';
  if (outcome === 'needs-sign-in') return 'The release was resumed, and waits for a sign-in.';
  return 'The release was resumed, and did not go live.';
}
