import { useQuery, useQueryClient } from '@tanstack/react-query';
import { TriangleAlert } from 'lucide-react';
import { memo, useState } from 'react';
import { Link } from 'react-router';
import { formatNumber } from '#web/lib/format.ts';
import { paths } from '#web/lib/paths.ts';
import type { ListedServer, Release } from '#contract/registry-answers.ts';
import { latestReleaseQuery } from '#web/api/releases.ts';
import { serverQuery } from '#web/api/servers.ts';
import { releaseStatus } from '#web/components/release-status.ts';
import { ServerIcon } from '#web/components/server-icon.tsx';
import { type LatestRelease, serverState } from '#web/components/server-state.ts';
import { RelativeTime } from '#web/ui/time/relative-time.tsx';
import { Skeleton } from '#web/ui/skeleton.tsx';
import styles from './server-row.module.css';
import { StateBadge } from '#web/components/state-badge.tsx';

interface ServerRowProps {
  server: ListedServer;
  /** False while the list scrolls by: nothing is asked for rows that will not stay. */
  isSettled: boolean;
}

/** One server of the list; the whole row is one link to it, and so one cell. */
export const ServerRow = memo(Row, isUnchanged);

function Row({ server, isSettled }: ServerRowProps) {
  const { qualifiedName, displayName, useCount } = server;
  const queryClient = useQueryClient();
  const [hasSettled, setHasSettled] = useState(isSettled);
  if (isSettled && !hasSettled) setHasSettled(true);
  const release = useQuery({ ...latestReleaseQuery(qualifiedName), enabled: hasSettled });
  const latest = release.data === undefined ? absent(release.isError) : release.data.latest;
  return (
    <td colSpan={4}>
      <Link
        to={paths.server(qualifiedName)}
        className={styles['row']}
        // The press comes a moment before the click: enough for the registry to answer.
        onPointerDown={() => void queryClient.prefetchQuery(serverQuery(qualifiedName))}
      >
        <ServerIcon server={hasSettled ? server : undefined} name={displayName} size={32} />
        <span className={styles['names']}>
          <bdi className={styles['displayName']}>{displayName}</bdi>
          <bdi translate="no" className={styles['qualifiedName']}>
            {qualifiedName}
          </bdi>
        </span>
        <span className={styles['state']}>
          <StateBadge state={serverState(server, latest)} />
        </span>
        <span className={styles['release']}>
          <span className="visually-hidden">Last release: </span>
          <LastRelease latest={latest} />
        </span>
        <span className={styles['uses']}>
          {useCount === null && <span className={styles['unit']}>uses </span>}
          {useCount === null ? 'unknown' : formatNumber(useCount)}
          {useCount !== null && <span className={styles['unit']}> {useCount === 1 ? 'use' : 'uses'}</span>}
        </span>
      </Link>
    </td>
  );
}

// Once settled a row stays so: the beginning and end of a scroll are nothing to it.
function isUnchanged(before: ServerRowProps, after: ServerRowProps): boolean {
  if (before.server !== after.server) return false;
  return before.isSettled || before.isSettled === after.isSettled;
}

/** Stands in for a row that is on its way. */
export function ServerRowSkeleton() {
  return (
    <td colSpan={4}>
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
        <span className={styles['uses']} />
      </div>
    </td>
  );
}

function LastRelease({ latest }: { latest: Release | Extract<LatestRelease, string> | null }) {
  if (latest === null) return 'never';
  if (latest === 'unknown') return 'unknown';
  if (latest === 'loading') return <Skeleton width={84} height={14} />;
  return (
    <>
      {latest.createdAt === null ? 'unknown' : <RelativeTime time={latest.createdAt} />}
      {releaseStatus(latest.status).outcome === 'failed' && (
        <span className={styles['failed']}>
          <TriangleAlert size={14} aria-hidden /> failed
        </span>
      )}
    </>
  );
}

function absent(isError: boolean): 'loading' | 'unknown' {
  return isError ? 'unknown' : 'loading';
}
