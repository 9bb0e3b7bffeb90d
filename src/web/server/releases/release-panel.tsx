import { useQuery } from '@tanstack/react-query';
import { CircleAlert, CircleCheck, CircleDashed, Clock, type LucideIcon } from 'lucide-react';
import type { Release } from '#contract/registry-answers.ts';
import { releasesQuery } from '#web/api/releases.ts';
import { FailureNotice } from '#web/components/outcomes/failure-notice.tsx';
import { liveRelease, releaseStatus, releaseType } from '#web/components/server-marks/release-status.ts';
import { UnreadableNote } from '#web/components/outcomes/unreadable-note.tsx';
import { Badge, type Tone } from '#web/ui/badge.tsx';
import { isolated } from '#web/lib/isolated-text.ts';
import { Panel } from '#web/ui/panel.tsx';
import { ExactTime } from '#web/ui/time/exact-time.tsx';
import { Skeleton } from '#web/ui/skeleton.tsx';
import styles from './release-panel.module.css';

/** The release that answers now, and the latest where that is another. */
export function ReleasePanel({ qualifiedName }: { qualifiedName: string }) {
  const { data, error, isFetching, refetch } = useQuery(releasesQuery(qualifiedName));
  const latest = data?.latest;
  const live = data && (liveRelease(data.releases, data.count) ?? undefined);
  return (
    <Panel title={live !== undefined && live === latest ? 'Live release' : 'Latest release'}>
      {data === undefined && error === null && <ReleaseSkeleton />}
      {data === undefined && error !== null && (
        <FailureNotice
          title="Releases could not be loaded"
          error={error}
          retry={{ run: () => void refetch(), isRunning: isFetching }}
        />
      )}
      {latest === null && (
        <p className={styles['none']}>
          Never released. The entry is in the registry, but nothing answers yet.
        </p>
      )}
      {latest === 'unknown' && <p className={styles['none']}>The latest release could not be read.</p>}
      {typeof latest === 'object' && latest !== null && (
        <ReleaseFacts release={latest} isLive={latest === live} />
      )}
      {live !== undefined && live !== latest && (
        <div className={styles['still']}>
          <h3 className={styles['stillTitle']}>Still live</h3>
          <ReleaseFacts release={live} isLive />
        </div>
      )}
      <UnreadableNote unreadable={data?.unreadable} />
    </Panel>
  );
}

const icons: Readonly<Record<Tone, LucideIcon>> = {
  success: CircleCheck,
  danger: CircleAlert,
  warning: Clock,
  neutral: CircleDashed,
  accent: CircleDashed,
};

interface ReleaseFactsProps {
  release: Release;
  isLive: boolean;
}

function ReleaseFacts({ release, isLive }: ReleaseFactsProps) {
  const { word, tone } = releaseStatus(release.status);
  return (
    <div className={styles['release']}>
      <p className={styles['line']}>
        <Badge tone={tone} icon={icons[tone]}>
          {isLive ? 'Live' : <bdi>{word}</bdi>}
        </Badge>
        <bdi>{releaseType(release.type)}</bdi>
        {release.createdAt !== null && (
          <span className={styles['muted']}>
            <ExactTime time={release.createdAt} />
          </span>
        )}
      </p>
      {release.commit !== null && (
        <p className={styles['line']}>
          <code title={isolated(release.commit)}>
            <bdi>{Array.from(release.commit).slice(0, 7).join('')}</bdi>
          </code>
          <bdi className={styles['message']}>{release.commitMessage ?? 'No commit message'}</bdi>
          {release.branch !== null && (
            <span className={styles['muted']}>
              on <bdi className={styles['branch']}>{release.branch}</bdi>
            </span>
          )}
        </p>
      )}
      {release.upstreamUrl !== null && (
        <p className={styles['line']}>
          <span className={styles['muted']}>Upstream</span>
          <bdi className={styles['branch']}>{release.upstreamUrl}</bdi>
        </p>
      )}
    </div>
  );
}

function ReleaseSkeleton() {
  return (
    <div className={styles['release']}>
      <p className={styles['line']}>
        <Skeleton width={260} height={22} />
      </p>
      <p className={styles['line']}>
        <Skeleton width={320} height={22} />
      </p>
    </div>
  );
}
