import { useQuery, type UseQueryResult } from '@tanstack/react-query';
import { memo, type ReactNode, useState } from 'react';
import { domainsQuery } from '#web/api/domains.ts';
import { callsQuery } from '#web/api/logs.ts';
import type { Release } from '#contract/registry-answers.ts';
import { type Releases, releasesQuery } from '#web/api/releases.ts';
import { secretsQuery } from '#web/api/secrets.ts';
import { serverQuery } from '#web/api/servers.ts';
import { liveRelease } from '#web/components/server-marks/release-status.ts';
import { formatCount, formatNumber } from '#web/lib/format.ts';
import { isolated } from '#web/lib/isolated-text.ts';
import { classNames } from '#web/ui/class-names.ts';
import { RelativeTime } from '#web/ui/time/relative-time.tsx';
import { Skeleton } from '#web/ui/skeleton.tsx';
import { useWatch } from '#web/server/watch-server.ts';
import styles from './delete-consequences.module.css';
import { deleteVerdict } from './delete-verdict.ts';
import { endOfLiveRelease } from './live-release-words.ts';

// What an owner is about to lose is asked for anew each time, however fresh the page behind is.
const fresh = { staleTime: 0 } as const;

interface DeleteConsequencesProps {
  qualifiedName: string;
  /** The ids of the verdict, of the calls and of the live release, which the dialog is described by. */
  ids: Readonly<Record<'verdict' | 'calls' | 'live', string>>;
}

/** What ends with a server, as the registry has it now, loudest first. What cannot be had is unknown and blocks nothing. */
export const DeleteConsequences = memo(Consequences);

function Consequences({ qualifiedName, ids }: DeleteConsequencesProps) {
  const calls = useQuery(callsQuery(qualifiedName));
  const releases = useQuery({ ...releasesQuery(qualifiedName), ...fresh });
  const domains = useQuery({ ...domainsQuery(qualifiedName), ...fresh });
  const server = useQuery({ ...serverQuery(qualifiedName), ...fresh });
  const secrets = useQuery({ ...secretsQuery(qualifiedName), ...fresh });
  // The server itself is watched by its page.
  useWatch(qualifiedName, [
    callsQuery(qualifiedName).queryKey,
    releasesQuery(qualifiedName).queryKey,
    domainsQuery(qualifiedName).queryKey,
    secretsQuery(qualifiedName).queryKey,
  ]);
  const verdict = deleteVerdict({
    lastWeek: known(calls, ({ lastWeek }) => lastWeek),
    liveType: known(releases, liveType),
  });
  const isEmpty =
    releases.data?.count === 0 &&
    !calls.isError &&
    (calls.data?.lastWeek ?? 0) === 0 &&
    secrets.data !== undefined &&
    countNames(secrets.data) === 0 &&
    domains.data !== undefined &&
    countNames(domains.data) === 0 &&
    (server.data?.tools ?? []).length === 0;
  // Where lines were there first, the one that takes their place takes their room too: nothing moves under a pointer.
  const [hadRows] = useState(!isEmpty);

  if (isEmpty) {
    return (
      <div className={classNames(styles['empty'], hadRows && styles['roomy'])}>
        <p id={ids.verdict}>
          Nothing else ends with it: it was never released, and has no secrets and no domains.
        </p>
        <Said words={calls.isPending ? undefined : 'Nothing else ends with it.'} />
      </div>
    );
  }
  return (
    <div>
      <p id={ids.verdict} className={styles['verdict']}>
        {verdict ?? <Skeleton width={220} height={14} />}
      </p>
      <Said words={verdict} />
      <dl className={styles['list']}>
        <Consequence
          id={ids.calls}
          label="Calls"
          query={calls}
          empty={({ lastWeek }) => lastWeek === 0 && 'None in the last 7 days'}
        >
          {({ lastHour, lastWeek }) => (
            <>
              <b>{formatCount(lastWeek, 'call')}</b> in 7 days, <b>{formatNumber(lastHour)}</b> in the last
              hour
            </>
          )}
        </Consequence>
        <Consequence
          id={ids.live}
          label="Live release"
          query={releases}
          empty={(data) => noRelease(liveRelease(data.releases, data.count))}
        >
          {(data) => <LiveRelease release={liveRelease(data.releases, data.count)} />}
        </Consequence>
        <Consequence label="Domains" query={domains} empty={noNames}>
          {(data) => <Names noun="domain" names={data.names} count={countNames(data)} />}
        </Consequence>
        <Consequence label="Tools" query={server} empty={({ tools }) => noTools(tools)}>
          {({ tools, toolCount }) => (
            <Names noun="tool" names={(tools ?? []).map(({ name }) => name)} count={toolCount ?? 0} />
          )}
        </Consequence>
        <Consequence label="Releases" query={releases} empty={({ count }) => noCount(count)}>
          {({ count }) => (
            <>
              <b>{formatCount(count ?? 0, 'release')}</b> {count === 1 ? 'with its log' : 'with their logs'}
            </>
          )}
        </Consequence>
        <Consequence label="Secrets" query={secrets} empty={noNames}>
          {(data) => <Names noun="secret" names={data.names} count={countNames(data)} />}
        </Consequence>
      </dl>
    </div>
  );
}

/** Reads these words out once, as soon as they are there: what follows the registry would be read again and again. */
function Said({ words }: { words: string | undefined }) {
  const [said, setSaid] = useState<string>();
  if (said === undefined && words !== undefined) setSaid(words);
  return <output className="visually-hidden">{said}</output>;
}

interface ConsequenceProps<T> {
  id?: string;
  label: string;
  query: UseQueryResult<T>;
  /** What to say where nothing is lost; false where something is. */
  empty: (data: T) => string | false;
  children: (data: T) => ReactNode;
}

/** One line of fixed height, so that answers coming in move nothing. */
function Consequence<T>({ id, label, query, empty, children }: ConsequenceProps<T>) {
  const { data } = query;
  // What was asked for again in vain is still known from before.
  const isUnknown = query.isError && data === undefined;
  const nothing = data === undefined ? false : empty(data);
  const isQuiet = nothing !== false || isUnknown;
  return (
    <div id={id} className={styles['row']}>
      <dt>{label}</dt>
      <dd className={classNames(isQuiet && styles['quiet'])}>
        {query.isPending && <Skeleton width={160} height={14} />}
        {isUnknown && 'Unknown'}
        {nothing !== false && nothing}
        {data !== undefined && nothing === false && children(data)}
      </dd>
    </div>
  );
}

// Null where it cannot be had, undefined while it is asked for.
function known<T, Value>(
  { data, isError }: UseQueryResult<T>,
  of: (data: T) => Value,
): Value | null | undefined {
  if (data !== undefined) return of(data);
  return isError ? null : undefined;
}

function liveType({ releases, count }: Releases): string | null | false {
  const live = liveRelease(releases, count);
  if (live === undefined) return false;
  return live === null ? null : (live.type ?? '');
}

interface NamesAnswer {
  names: readonly string[];
  unreadable: number;
}

function countNames({ names, unreadable }: NamesAnswer): number {
  return names.length + unreadable;
}

function noNames(data: NamesAnswer): string | false {
  return countNames(data) === 0 && 'None';
}

function noCount(count: number | null): string | false {
  if (count === null) return 'Unknown';
  return count === 0 && 'None';
}

function noRelease(live: Release | null | undefined): string | false {
  if (live === null) return 'Unknown';
  return live === undefined && 'None';
}

function noTools(tools: readonly unknown[] | null): string | false {
  if (tools === null) return 'Unknown';
  return tools.length === 0 && 'None';
}

function LiveRelease({ release }: { release: Release | null | undefined }) {
  if (release === undefined || release === null) return null;
  return (
    <>
      <b>{endOfLiveRelease(release.type)}</b>
      {release.createdAt !== null && (
        <>
          , released <RelativeTime time={release.createdAt} />
        </>
      )}
    </>
  );
}

/** A count and as many of the names as the line holds. */
function Names({ noun, names, count }: { noun: string; names: readonly string[]; count: number }) {
  // Each by itself, and the list from left to right: a browser would take its direction from the first of them.
  const text = names.map(isolated).join(', ');
  return (
    <span title={text}>
      <b>{formatCount(count, noun)}</b>
      {names.length > 0 && (
        <>
          :{' '}
          <span dir="ltr" translate="no" className={styles['names']}>
            {text}
          </span>
        </>
      )}
    </span>
  );
}
