import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import type { ActivityEntry } from '#contract/activity.ts';
import { changeKey, serverHistoryQuery } from '#web/api/activity.ts';
import { ActivityOutcome } from '#web/components/activity/activity-outcome.tsx';
import { askedWords, originWords, personWords } from '#web/components/activity/activity-words.ts';
import { FailureNotice } from '#web/components/outcomes/failure-notice.tsx';
import { paths } from '#web/lib/paths.ts';
import { Panel } from '#web/ui/panel.tsx';
import { Skeleton } from '#web/ui/skeleton.tsx';
import { ExactTime } from '#web/ui/time/exact-time.tsx';
import styles from './history-panel.module.css';

interface HistoryPanelProps {
  qualifiedName: string;
  /** The id of the server that has the name now; null where none has, or it is not known. */
  serverId: string | null;
}

/** The newest of what happened under one name. What was done to an earlier server of the name is told apart. */
export function HistoryPanel({ qualifiedName, serverId }: HistoryPanelProps) {
  const { data, error, isFetching, refetch } = useQuery(serverHistoryQuery(qualifiedName));
  const isEarlier = ({ targetId }: ActivityEntry) =>
    serverId !== null && targetId !== null && targetId !== serverId;
  const entries = data?.entries ?? [];
  const current = entries.filter((entry) => !isEarlier(entry));
  const earlier = entries.filter(isEarlier);
  return (
    <Panel title="History">
      {data === undefined && error === null && <Skeleton width="100%" height={56} />}
      {data === undefined && error !== null && (
        <FailureNotice
          title="The history could not be loaded"
          error={error}
          retry={{ run: () => void refetch(), isRunning: isFetching }}
        />
      )}
      {data !== undefined && entries.length === 0 && (
        <p className={styles['quiet']}>
          {data.isWhole ? 'No change is kept here.' : 'No change was made through this desk.'}
        </p>
      )}
      {current.length > 0 && <Entries entries={current} />}
      {earlier.length > 0 && (
        <>
          <h3 className={styles['earlier']}>An earlier server of this name</h3>
          <Entries entries={earlier} />
        </>
      )}
      {entries.length > 0 && (
        <p className={styles['more']}>
          <Link to={paths.activityOf(qualifiedName)}>
            {data?.isWhole === false ? 'All changes of it through this desk' : 'All its activity'}
          </Link>
        </p>
      )}
    </Panel>
  );
}

function Entries({ entries }: { entries: readonly ActivityEntry[] }) {
  return (
    <ol className={styles['entries']}>
      {entries.map((entry) => (
        <li key={changeKey(entry)} className={styles['entry']}>
          <span>
            {askedWords({ ...entry, target: null })}
            <Who entry={entry} />
          </span>
          <span className={styles['when']}>
            <ExactTime time={entry.at} />
          </span>
          <div className={styles['outcome']}>
            <ActivityOutcome entry={entry} />
          </div>
        </li>
      ))}
    </ol>
  );
}

function Who({ entry }: { entry: ActivityEntry }) {
  if (entry.actor.kind === 'registry') return <span className={styles['who']}>, by the registry itself</span>;
  return (
    <span className={styles['who']}>
      {', by '}
      <bdi>{personWords(entry).name}</bdi>
      {`, from ${originWords(entry)}`}
    </span>
  );
}
