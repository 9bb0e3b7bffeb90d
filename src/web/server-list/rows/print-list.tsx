import { useEffect, useState } from 'react';
import { flushSync } from 'react-dom';
import type { OwnedServer } from '#contract/owned-servers.ts';
import { ATTENTION_RULES } from '#contract/server-filters.ts';
import { stateWord } from '#web/components/server-marks/state-badge.tsx';
import { formatNumber } from '#web/lib/format.ts';
import { useClock } from '#web/ui/time/clock.ts';
import type { ViewRows } from '#web/server-list/reading/view-rows.ts';
import { useMediaQuery } from '#web/ui/media-query.ts';
import styles from './print-list.module.css';

/** All rows, one line a server, for as long as the page is being printed. */
export function PrintList({ rows }: { rows: ViewRows | undefined }) {
  const isPrinting = useIsPrinting();
  const now = new Date(useClock());
  if (!isPrinting || rows === undefined) return null;
  return (
    <table className={styles['list']} aria-label="Servers, to print">
      <thead>
        <tr>
          <th scope="col">Server</th>
          <th scope="col">State</th>
          <th scope="col">Last release</th>
          <th scope="col">Last call</th>
          <th scope="col">Uses</th>
        </tr>
      </thead>
      <tbody>
        {rows.servers.slice(0, rows.count).map((server) => (
          <PrintedServer key={server.qualifiedName} server={server} now={now} />
        ))}
      </tbody>
    </table>
  );
}

function PrintedServer({ server, now }: { server: OwnedServer; now: Date }) {
  const { qualifiedName, displayName, state, latestRelease, calls, uses } = server;
  const needsAttention = ATTENTION_RULES.some(({ holds }) => holds(server, now));
  return (
    <tr>
      <td>
        <code translate="no">{qualifiedName}</code> <bdi>{displayName}</bdi>
      </td>
      <td>
        {stateWord(state)}
        {needsAttention && ', needs attention'}
      </td>
      <td>{dayOf(latestRelease === undefined ? undefined : (latestRelease?.at ?? null), 'never')}</td>
      <td>{dayOf(calls.lastAt, 'none')}</td>
      <td>{uses === undefined ? 'unknown' : formatNumber(uses)}</td>
    </tr>
  );
}

// On paper "2 days ago" says nothing. ISO 8601 begins with the day, in UTC.
function dayOf(time: string | null | undefined, none: string): string {
  if (time === undefined) return 'unknown';
  return time === null ? none : time.slice(0, 10);
}

function useIsPrinting(): boolean {
  const isPrintMedia = useMediaQuery('print');
  const [isAsked, setAsked] = useState(false);
  useEffect(() => {
    // The browser takes the page as it is when the listener returns.
    const begin = () => flushSync(() => setAsked(true));
    const end = () => setAsked(false);
    window.addEventListener('beforeprint', begin);
    window.addEventListener('afterprint', end);
    return () => {
      window.removeEventListener('beforeprint', begin);
      window.removeEventListener('afterprint', end);
    };
  }, []);
  return isPrintMedia || isAsked;
}
