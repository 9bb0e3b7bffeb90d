import { useQueryClient } from '@tanstack/react-query';
import { EyeOff, Moon, TriangleAlert } from 'lucide-react';
import { memo, useState } from 'react';
import { Link } from 'react-router';
import type { OwnedServer, ServerCalls } from '#contract/owned-servers.ts';
import { ATTENTION_RULES, isQuiet } from '#contract/server-filters.ts';
import { serverQuery } from '#web/api/servers.ts';
import { ServerIcon } from '#web/components/server-marks/server-icon.tsx';
import { StateBadge } from '#web/components/server-marks/state-badge.tsx';
import { formatNumber } from '#web/lib/format.ts';
import { isolated } from '#web/lib/isolated-text.ts';
import { paths } from '#web/lib/paths.ts';
import { useClock } from '#web/ui/time/clock.ts';
import { hasMatch, matchedParts, matchNote } from '#web/server-list/search/matched-parts.ts';
import { Skeleton } from '#web/ui/skeleton.tsx';
import { RelativeTime } from '#web/ui/time/relative-time.tsx';
import { MarkedParts, MarkedText } from './marked-text.tsx';
import { RowDay } from './row-day.tsx';
import styles from './server-row.module.css';

interface ServerRowProps {
  server: OwnedServer;
  /** What to mark in it (folded). */
  words: readonly string[];
  isSelected: boolean;
  /** `isRange`: all from the one before to this one. */
  onSelect: (qualifiedName: string, isRange: boolean) => void;
  /** False while the list scrolls by: nothing is asked for rows that will not stay. */
  isSettled: boolean;
}

/** One server of the list: a box to select it, and one link to it that is all the rest. */
export const ServerRow = memo(Row, isUnchanged);

function Row({ server, words, isSelected, onSelect, isSettled }: ServerRowProps) {
  const { qualifiedName, displayName, uses } = server;
  const queryClient = useQueryClient();
  const [hasSettled, setHasSettled] = useState(isSettled);
  if (isSettled && !hasSettled) setHasSettled(true);
  const now = new Date(useClock());
  const attention = ATTENTION_RULES.find(({ holds }) => holds(server, now));
  return (
    <>
      <td className={styles['check']}>
        <label className={styles['target']}>
          <input
            type="checkbox"
            className={styles['box']}
            aria-label={`Select ${isolated(qualifiedName)}`}
            checked={isSelected}
            onChange={({ nativeEvent }) =>
              onSelect(qualifiedName, nativeEvent instanceof MouseEvent && nativeEvent.shiftKey)
            }
          />
        </label>
      </td>
      <td colSpan={5}>
        <Link
          to={paths.server(qualifiedName)}
          className={styles['row']}
          data-attention={attention !== undefined || undefined}
          // The press comes a moment before the click: enough for the registry to answer.
          onPointerDown={() => void queryClient.prefetchQuery(serverQuery(qualifiedName))}
        >
          <ServerIcon server={hasSettled ? server : undefined} name={displayName} size={32} />
          <span className={styles['names']}>
            <MarkedText text={displayName} words={words} className={styles['displayName']} />
            <span className={styles['second']}>
              <MarkedText text={qualifiedName} words={words} className={styles['qualifiedName']} />
              <WhyFound server={server} words={words} />
            </span>
          </span>
          <span className={styles['state']}>
            <StateBadge state={server.state} />
            {isQuiet(server, now) && (
              <span className={styles['tag']}>
                <Moon size={12} aria-hidden /> Quiet
              </span>
            )}
            {server.isUnlisted === true && (
              <span className={styles['tag']}>
                <EyeOff size={12} aria-hidden /> Unlisted
              </span>
            )}
          </span>
          <span className={styles['release']}>
            <span className={styles['label']}>Release: </span>
            <LastRelease latest={server.latestRelease} />
          </span>
          <span className={styles['call']}>
            <span className={styles['label']}>Call: </span>
            <LastCall calls={server.calls} />
          </span>
          <span className={styles['uses']}>
            {uses === undefined && <span className={styles['unit']}>uses </span>}
            {uses === undefined ? 'unknown' : formatNumber(uses)}
            {uses !== undefined && <span className={styles['unit']}> {uses === 1 ? 'use' : 'uses'}</span>}
          </span>
          {attention !== undefined && <Attention words={attention.words} server={server} />}
        </Link>
      </td>
    </>
  );
}

// Once settled a row stays so: the beginning and end of a scroll are nothing to it.
function isUnchanged(before: ServerRowProps, after: ServerRowProps): boolean {
  return (
    before.server === after.server &&
    before.words === after.words &&
    before.isSelected === after.isSelected &&
    before.onSelect === after.onSelect &&
    (before.isSettled || before.isSettled === after.isSettled)
  );
}

/** Why it needs attention, in a sentence, with the registry's own reason where a release failed. */
function Attention({ words, server }: { words: string; server: OwnedServer }) {
  const reason = server.state === 'live' || server.state === 'local' ? null : server.latestRelease?.reason;
  return (
    <span className={styles['attention']} title={isolated([words, reason].filter(Boolean).join(' '))}>
      <TriangleAlert size={14} aria-hidden />
      <span className={styles['attentionWords']}>
        <strong>Needs attention:</strong> {words} {typeof reason === 'string' && <bdi>{reason}</bdi>}
      </span>
    </span>
  );
}

/** Where a server has what was looked for, if not in its names. */
function WhyFound({ server, words }: { server: OwnedServer; words: readonly string[] }) {
  if (words.length === 0) return null;
  const isInNames = [server.displayName, server.qualifiedName].some((name) =>
    hasMatch(matchedParts(name, words)),
  );
  const note = isInNames ? undefined : matchNote(server, words);
  if (note === undefined) return null;
  return (
    <span className={styles['found']}>
      {note.what}:{' '}
      <bdi>
        <MarkedParts parts={note.parts} />
      </bdi>
    </span>
  );
}

function LastRelease({ latest }: { latest: OwnedServer['latestRelease'] }) {
  if (latest === undefined) return 'unknown';
  return latest === null ? 'never' : <RelativeTime time={latest.at} />;
}

function LastCall({ calls: { lastAt, since } }: { calls: ServerCalls }) {
  if (lastAt === undefined) return 'unknown';
  if (lastAt !== null) return <RelativeTime time={lastAt} />;
  if (since === undefined) return 'never';
  return (
    <>
      none since <RowDay time={since} />
    </>
  );
}

/** Stands in for a row that is on its way. */
export function ServerRowSkeleton() {
  return (
    <>
      <td className={styles['check']}>
        <span className={styles['target']}>
          <Skeleton width={16} height={16} />
        </span>
      </td>
      <td colSpan={5}>
        <div className={styles['row']}>
          <Skeleton width={32} height={32} />
          <span className={styles['namesSkeleton']}>
            <Skeleton width={160} height={14} />
            <Skeleton width={220} height={12} />
          </span>
          <span className={styles['state']}>
            <StateBadge state="loading" />
          </span>
          <span className={styles['release']}>
            <Skeleton width={84} height={14} />
          </span>
          <span className={styles['call']}>
            <Skeleton width={84} height={14} />
          </span>
          <span className={styles['uses']} />
        </div>
      </td>
    </>
  );
}
