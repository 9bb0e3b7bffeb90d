import { requestIdOf } from '#web/api/call-api.ts';
import { formatCount, formatNumber } from '#web/lib/format.ts';
import { Button } from '#web/ui/button.tsx';
import { RequestId } from '#web/ui/messages/request-id.tsx';
import { Skeleton } from '#web/ui/skeleton.tsx';
import styles from './list-status.module.css';
import type { ListFailure, WholeList } from './whole-list.ts';

interface ListStatusProps {
  /** Undefined until the first answer. */
  list: WholeList | undefined;
  /** How many of the loaded ones the filters leave; undefined where nothing is filtered. */
  matches: number | undefined;
  /** Why loading stopped on the way. */
  failure: ListFailure | undefined;
}

/** The line under the heading: how many servers there are, how far loading has come, and why it stopped. */
export function ListStatus({ list, matches, failure }: ListStatusProps) {
  if (list === undefined) return failure === undefined ? <Skeleton width={96} height={21} /> : null;
  return (
    <div className={styles['status']}>
      <span>{describe(list, matches)}</span>
      {!list.isComplete && failure === undefined && (
        <progress
          className={styles['progress']}
          aria-label="Loading servers"
          value={list.isTotalOpen ? undefined : list.servers.length}
          max={list.total}
        />
      )}
      {failure !== undefined && (
        <span className={styles['failure']} role="alert">
          <span>Loading stopped: {failure.error.message}</span>
          <RequestId id={requestIdOf(failure.error)} />
          <Button size="sm" onClick={failure.retry} pending={failure.isRetrying}>
            Try again
          </Button>
        </span>
      )}
      {/* Read aloud only once things stand still. */}
      <output className="visually-hidden">{list.isComplete ? describe(list, matches) : ''}</output>
    </div>
  );
}

function describe(
  { servers, total, isTotalOpen, isComplete }: WholeList,
  matches: number | undefined,
): string {
  const loaded = formatNumber(servers.length);
  if (isComplete) {
    const all = formatCount(servers.length, 'server');
    return matches === undefined ? all : `${formatNumber(matches)} of ${all}`;
  }
  const progress = isTotalOpen ? `Loaded ${loaded} so far` : `Loaded ${loaded} of ${formatNumber(total)}`;
  return matches === undefined ? progress : `${formatCount(matches, 'match', 'matches')}. ${progress}`;
}
