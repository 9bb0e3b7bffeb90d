import type { ReactNode } from 'react';
import type { ActivityEntry, FieldChange } from '#contract/activity.ts';
import { originWords, personWords, serverOf } from '#web/components/activity/activity-words.ts';
import { Button } from '#web/ui/button.tsx';
import { RequestId } from '#web/ui/messages/request-id.tsx';
import { formatExactTime } from '#web/ui/time/time-format.ts';
import { ExactTime } from '#web/ui/time/exact-time.tsx';
import styles from './activity-details.module.css';
import type { ActivityView } from './activity-view.ts';

interface ActivityDetailsProps {
  entry: ActivityEntry;
  onNarrow: (change: Partial<ActivityView>) => void;
}

/** All that is known of one change; of what is not known it says so. */
export function ActivityDetails({ entry, onNarrow }: ActivityDetailsProps) {
  const { actor, operation, requestId, operationId, targetId, address, product } = entry;
  const person = personWords(entry);
  const server = serverOf(entry);
  return (
    <div className={styles['details']}>
      <dl className={styles['facts']}>
        <Fact label="Exact time">
          {formatExactTime(entry.at)}
          <br />
          <span className={styles['mono']}>{entry.at}</span>
        </Fact>
        <Fact label="Who">
          <bdi>{person.name}</bdi>
          {actor.kind === 'key' && `, ${actor.keyLabel === null ? 'key label unknown' : 'with the key '}`}
          {actor.keyLabel !== null && <bdi>{actor.keyLabel}</bdi>}
        </Fact>
        <Fact label="From">
          {originWords(entry)}, <bdi>{product ?? 'the program did not name itself'}</bdi>
          {address !== null && <>, {address}</>}
        </Fact>
        {targetId !== null && (
          <Fact label={server === null ? 'Id' : 'Server id'}>
            <span className={styles['mono']}>{targetId}</span>
          </Fact>
        )}
        {operationId !== null && (
          <Fact label="Operation id">
            <span className={styles['mono']}>{operationId}</span>
          </Fact>
        )}
        <Fact label="Request">{requestId === null ? 'No request id' : <RequestId id={requestId} />}</Fact>
        {operation !== null && operation.checkedAt !== null && (
          <Fact label="Last checked">
            <ExactTime time={operation.checkedAt} />
          </Fact>
        )}
      </dl>
      {entry.changes.length > 0 && <Changes changes={entry.changes} />}
      <div className={styles['actions']}>
        {server !== null && (
          <Button size="sm" onClick={() => onNarrow({ server })}>
            Only this server
          </Button>
        )}
        {actor.user !== null && (
          <Button size="sm" onClick={() => onNarrow({ person: actor.user })}>
            Only this person
          </Button>
        )}
      </div>
    </div>
  );
}

function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Changes({ changes }: { changes: readonly FieldChange[] }) {
  return (
    <dl className={styles['changes']}>
      {changes.map((change) => (
        <div key={change.field}>
          <dt>
            <bdi translate="no">{change.field}</bdi>
          </dt>
          <dd>
            <span className={styles['side']}>Before</span> <Value change={change} side="before" />
          </dd>
          <dd>
            <span className={styles['side']}>After</span> <Value change={change} side="after" />
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Value({ change, side }: { change: FieldChange; side: 'before' | 'after' }) {
  if (!(side in change)) return <>not told</>;
  const value = change[side];
  if (value === null || value === undefined || value === '') return <>none</>;
  return <bdi>{typeof value === 'string' ? value : JSON.stringify(value)}</bdi>;
}
