import { useMutation } from '@tanstack/react-query';
import { CircleAlert, CircleCheck, CircleDashed, CircleHelp, type LucideIcon } from 'lucide-react';
import { Link } from 'react-router';
import type { Operation } from '#contract/operations.ts';
import { checkOperationMutation } from '#web/api/operations.ts';
import { FailureNotice } from '#web/components/failure-notice.tsx';
import { actionWords, operationOutcome } from '#web/components/operation-outcome.ts';
import { paths } from '#web/lib/paths.ts';
import { Badge, type Tone } from '#web/ui/badge.tsx';
import { Button } from '#web/ui/button.tsx';
import { RelativeTime } from '#web/ui/time/relative-time.tsx';
import { RequestId } from '#web/ui/messages/request-id.tsx';
import styles from './activity-entry.module.css';
import { answerWords } from './activity-text.ts';

const icons: Readonly<Record<Tone, LucideIcon>> = {
  success: CircleCheck,
  danger: CircleAlert,
  warning: CircleHelp,
  neutral: CircleDashed,
  accent: CircleDashed,
};

/** One operation: what was asked, what became of it, and when, by whom and under which request. */
export function ActivityEntry({ operation }: { operation: Operation }) {
  const check = useMutation(checkOperationMutation());
  const { asked, endsServer } = actionWords(operation.action);
  const { word, tone, meaning } = operationOutcome(operation);
  const words = answerWords(operation);
  const canCheck = operation.state === 'unknown' && !operation.checking;
  const isGone = operation.finding === 'gone' || operation.finding === 'nowhere';
  const mayExist =
    !isGone && operation.movedTo === undefined && !(endsServer && operation.state === 'applied');
  return (
    <li className={styles['entry']}>
      <div className={styles['head']}>
        <h2 className={styles['what']}>
          {asked}{' '}
          <bdi translate="no" className={styles['target']}>
            {mayExist ? (
              <Link to={paths.server(operation.target)}>{operation.target}</Link>
            ) : (
              operation.target
            )}
          </bdi>
        </h2>
        <Badge tone={tone} icon={icons[tone]}>
          {word}
        </Badge>
        <span className={styles['when']}>
          <RelativeTime time={operation.createdAt} />
        </span>
      </div>
      {meaning !== undefined && (
        <p>
          {meaning}
          {operation.movedTo !== undefined && (
            <>
              {' '}
              Now:{' '}
              <bdi translate="no" className={styles['target']}>
                <Link to={paths.server(operation.movedTo)}>{operation.movedTo}</Link>
              </bdi>
            </>
          )}
        </p>
      )}
      {words !== undefined && (
        <p className={styles['quiet']}>
          <bdi>{words}</bdi>
        </p>
      )}
      <p className={styles['trace']}>
        <bdi>{operation.userAgent ?? 'Unknown program'}</bdi>
        {operation.checkedAt !== null && (
          <span>
            Last checked <RelativeTime time={operation.checkedAt} />
          </span>
        )}
        <RequestId id={operation.requestId} />
      </p>
      {canCheck && (
        <div>
          <Button size="sm" onClick={() => check.mutate(operation.id)} pending={check.isPending}>
            Check again
          </Button>
        </div>
      )}
      {check.error !== null && <FailureNotice title="The check failed" error={check.error} />}
    </li>
  );
}
