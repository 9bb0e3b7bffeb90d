import { requestIdOf } from '#web/api/call-api.ts';
import { failureWords } from '#web/components/failure-words.ts';
import { UnreadableNote } from '#web/components/unreadable-note.tsx';
import { unreadableWords } from '#web/components/unreadable-words.ts';
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
  const more = moreWords(list);
  return (
    <div className={styles['status']}>
      <span>{describe(list, matches)}</span>
      {!list.isComplete && failure === undefined && (
        <progress
          className={styles['progress']}
          aria-label="Loading servers"
          value={list.isTotalOpen || list.total === null ? undefined : list.servers.length}
          max={list.total ?? undefined}
        />
      )}
      {more !== undefined && <span className={styles['more']}>{more}</span>}
      <UnreadableNote unreadable={list.unreadable} />
      {failure !== undefined && list.servers.length > 0 && <Failure failure={failure} />}
      {/* Read aloud only once things stand still. */}
      <output className="visually-hidden">
        {list.isComplete
          ? [describe(list, matches), more, unreadableWords(list.unreadable)].filter(Boolean).join('. ')
          : ''}
      </output>
    </div>
  );
}

const MOST_NAMES = 3;

function Failure({ failure }: { failure: ListFailure }) {
  const { error, namespaces, retry, isRetrying } = failure;
  const named = namespaces.slice(0, MOST_NAMES);
  return (
    <span className={styles['failure']} role="alert">
      <span>
        {named.length === 0 ? (
          'Loading stopped: '
        ) : (
          <>
            {formatCount(namespaces.length, 'namespace')} could not be read (
            {named.map((name, index) => (
              <span key={name}>
                {index > 0 && ', '}
                <bdi>{name}</bdi>
              </span>
            ))}
            {namespaces.length > named.length && ', …'}):{' '}
          </>
        )}
        <bdi>{failureWords(error)}</bdi>
      </span>
      <RequestId id={requestIdOf(error)} />
      <Button size="sm" onClick={retry} pending={isRetrying}>
        Try again
      </Button>
    </span>
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
  const progress =
    isTotalOpen || total === null ? `Loaded ${loaded} so far` : `Loaded ${loaded} of ${formatNumber(total)}`;
  return matches === undefined ? progress : `${formatCount(matches, 'match', 'matches')}. ${progress}`;
}

/** Says where the registry has, or claims, more than is here. */
function moreWords({ servers, total, isCut, isShort, unreadable }: WholeList): string | undefined {
  if (isCut) return 'There are more than Touchmark reads at once.';
  if (!isShort || total === null || total <= servers.length + unreadable.entries) return undefined;
  return `The registry counts ${formatNumber(total)}, and gave no more.`;
}
