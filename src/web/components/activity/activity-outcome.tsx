import { useMutation } from '@tanstack/react-query';
import { CircleAlert, CircleCheck, CircleDashed, CircleHelp, type LucideIcon } from 'lucide-react';
import { Link } from 'react-router';
import type { ActivityEntry } from '#contract/activity.ts';
import { checkOperationMutation } from '#web/api/activity.ts';
import { FailureNotice } from '#web/components/outcomes/failure-notice.tsx';
import { QualifiedName } from '#web/components/server-marks/qualified-name.tsx';
import { paths } from '#web/lib/paths.ts';
import { Badge, type Tone } from '#web/ui/badge.tsx';
import { Button } from '#web/ui/button.tsx';
import { classNames } from '#web/ui/class-names.ts';
import styles from './activity-outcome.module.css';
import { activityOutcome } from './activity-words.ts';
import { answerWords } from './answer-words.ts';

const icons: Readonly<Record<Tone, LucideIcon>> = {
  success: CircleCheck,
  danger: CircleAlert,
  warning: CircleHelp,
  neutral: CircleDashed,
  accent: CircleDashed,
};

/** What became of a change, what that means, and where nobody knows it yet, how to find out. */
export function ActivityOutcome({ entry }: { entry: ActivityEntry }) {
  const check = useMutation(checkOperationMutation());
  const { word, tone, meaning } = activityOutcome(entry);
  const { operation } = entry;
  const isOfLedger = operation !== null && operation.id === entry.id;
  const words = isOfLedger ? answerWords(operation) : undefined;
  const canCheck = isOfLedger && operation.state === 'unknown' && !operation.checking;
  return (
    <div className={styles['outcome']}>
      <Badge tone={tone} icon={icons[tone]}>
        {word}
      </Badge>
      {meaning !== undefined && (
        <p className={styles['meaning']}>
          <bdi>{meaning}</bdi>
          {isOfLedger && operation.movedTo !== undefined && (
            <>
              {' '}
              Now:{' '}
              <Link to={paths.server(operation.movedTo)}>
                <QualifiedName name={operation.movedTo} className={styles['name']} />
              </Link>
            </>
          )}
        </p>
      )}
      {words !== undefined && (
        <p className={classNames(styles['meaning'], styles['quiet'])}>
          <bdi>{words}</bdi>
        </p>
      )}
      {canCheck && (
        <Button size="sm" onClick={() => check.mutate(operation.id)} pending={check.isPending}>
          Check again
        </Button>
      )}
      {check.error !== null && <FailureNotice title="The check failed" error={check.error} />}
    </div>
  );
}
