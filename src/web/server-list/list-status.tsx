import type { ServerCounts } from '#contract/owned-servers.ts';
import { requestIdOf } from '#web/api/calling/call-api.ts';
import { failureWords } from '#web/components/outcomes/failure-words.ts';
import { UnreadableNote } from '#web/components/outcomes/unreadable-note.tsx';
import { unreadableWords } from '#web/components/outcomes/unreadable-words.ts';
import { formatCount, formatNumber } from '#web/lib/format.ts';
import { Button } from '#web/ui/button.tsx';
import { RequestId } from '#web/ui/messages/request-id.tsx';
import { Skeleton } from '#web/ui/skeleton.tsx';
import { ExactTime } from '#web/ui/time/exact-time.tsx';
import { useClock } from '#web/ui/time/clock.ts';
import styles from './list-status.module.css';
import type { ListFailure, WholeList } from './reading/whole-list.ts';
import type { FoundRows } from './search/found-rows.ts';

interface ListStatusProps {
  /** Undefined until the first answer. */
  list: WholeList | undefined;
  counts: ServerCounts | undefined;
  /** Whether it is being read now. */
  isReading: boolean;
  /** What a query or filters leave; undefined where nothing is filtered. */
  matches: FoundRows | undefined;
  /** Why loading stopped on the way. */
  failure: ListFailure | undefined;
  /** Reads the list again. */
  onRetry: () => void;
}

// What is older is said to be: our own registry answers as it is.
const FRESH_MS = 120_000;

/** The line under the heading: how many servers there are, how far loading has come, and why it stopped. */
export function ListStatus(props: ListStatusProps) {
  const { list, counts, isReading, matches, failure } = props;
  const isSaid = list?.isComplete === true && !list.isFilling && matches?.kind !== 'looking';
  const said = isSaid
    ? [describe(list, counts, matches), moreWords(list, counts, isReading), unreadableWords(list.unreadable)]
    : [];
  return (
    <div className={styles['status']}>
      {list === undefined ? (
        failure === undefined && <Skeleton width={96} height={21} />
      ) : (
        <Known {...props} list={list} />
      )}
      {/* Read aloud only once things stand still; there from the first on, or its first words would not be. */}
      <output className="visually-hidden">{said.filter(Boolean).join('. ')}</output>
    </div>
  );
}

function Known({
  list,
  counts,
  isReading,
  matches,
  failure,
  onRetry,
}: ListStatusProps & { list: WholeList }) {
  const now = useClock();
  const more = moreWords(list, counts, isReading);
  const isDone = list.isComplete && !list.isFilling;
  const isOld = counts !== undefined && now - Date.parse(counts.asOf) > FRESH_MS;
  return (
    <>
      <span>{describe(list, counts, matches)}</span>
      {!isDone && failure === undefined && (
        <progress
          className={styles['progress']}
          aria-label="Loading servers"
          value={counts === undefined || list.isFilling ? undefined : list.count}
          max={counts?.total}
        />
      )}
      {isOld && (
        <span>
          as of <ExactTime time={counts.asOf} />
        </span>
      )}
      {more !== undefined && <span className={styles['more']}>{more}</span>}
      <UnreadableNote unreadable={list.unreadable} />
      {failure !== undefined && list.count > 0 && <Failure failure={failure} />}
      {failure === undefined && list.unreadNamespaces.length > 0 && (
        <Unread namespaces={list.unreadNamespaces} onRetry={onRetry} isReading={isReading} />
      )}
    </>
  );
}

function Failure({ failure: { error, retry, isRetrying } }: { failure: ListFailure }) {
  return (
    <span className={styles['failure']} role="alert">
      <span>
        Loading stopped: <bdi>{failureWords(error)}</bdi>
      </span>
      <RequestId id={requestIdOf(error)} />
      <Button size="sm" onClick={retry} pending={isRetrying}>
        Try again
      </Button>
    </span>
  );
}

const MOST_NAMES = 3;

interface UnreadProps {
  namespaces: readonly string[];
  onRetry: () => void;
  isReading: boolean;
}

function Unread({ namespaces, onRetry, isReading }: UnreadProps) {
  const named = namespaces.slice(0, MOST_NAMES);
  return (
    <span className={styles['failure']} role="alert">
      <span>
        {formatCount(namespaces.length, 'namespace')} could not be read (
        {named.map((name, index) => (
          <span key={name}>
            {index > 0 && ', '}
            <bdi>{name}</bdi>
          </span>
        ))}
        {namespaces.length > named.length && ', …'}).
      </span>
      <Button size="sm" onClick={onRetry} pending={isReading}>
        Try again
      </Button>
    </span>
  );
}

function describe(list: WholeList, counts: ServerCounts | undefined, matches: FoundRows | undefined): string {
  const loaded = formatNumber(list.count);
  if (list.isComplete && !list.isFilling) {
    const all = formatCount(list.count, 'server');
    if (matches === undefined) return all;
    if (matches.kind === 'similar' && matches.count > 0) {
      return `None is written so; ${formatNumber(matches.count)} of ${all} ${matches.count === 1 ? 'is' : 'are'} similar`;
    }
    return `${formatNumber(matches.count)} of ${all}`;
  }
  const progress =
    counts === undefined || list.isFilling
      ? `Loaded ${loaded} so far`
      : `Loaded ${loaded} of ${formatNumber(counts.total)}`;
  return matches === undefined ? progress : `${formatCount(matches.count, 'match', 'matches')}. ${progress}`;
}

/** Says where the registry counts more than it gave, once that is no matter of time. */
function moreWords(
  list: WholeList,
  counts: ServerCounts | undefined,
  isReading: boolean,
): string | undefined {
  if (isReading || counts === undefined || !list.isComplete || list.isFilling) return undefined;
  const counted = counts.claimed ?? counts.total;
  if (counted <= list.count + list.unreadable.entries) return undefined;
  return `The registry counts ${formatNumber(counted)}, and gave no more.`;
}
