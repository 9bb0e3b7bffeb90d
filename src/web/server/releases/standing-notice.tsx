import { useQuery } from '@tanstack/react-query';
import type { Release } from '#contract/registry-answers.ts';
import type { RegistryInfo } from '#contract/session.ts';
import { releaseQuery, releasesQuery } from '#web/api/releases.ts';
import { sessionQuery } from '#web/api/session.ts';
import { Command } from '#web/components/command.tsx';
import { PublishHelp } from '#web/components/publish-help.tsx';
import { registryCommand, SMITHERY } from '#web/components/registry-command.ts';
import { releaseStatus } from '#web/components/release-status.ts';
import { formatCount } from '#web/lib/format.ts';
import { ExternalLink } from '#web/ui/external-link.tsx';
import { Notice } from '#web/ui/messages/notice.tsx';
import { ExactTime } from '#web/ui/time/exact-time.tsx';
import { Skeleton } from '#web/ui/skeleton.tsx';
import { useWatch } from '#web/server/watch-server.ts';
import { logWords } from './failure-reason.ts';
import { ReleaseLog } from './release-log.tsx';
import { explainedReleases, type Standing, standingOf } from './standing.ts';
import styles from './standing-notice.module.css';

/** What an owner has to know of a server first: what is wrong, why, and what helps. Nothing where all is well. */
export function StandingNotice({ qualifiedName }: { qualifiedName: string }) {
  const { data: releases } = useQuery(releasesQuery(qualifiedName));
  const { data: session } = useQuery(sessionQuery());
  if (releases === undefined || session === undefined) return null;
  const about = { qualifiedName, standing: standingOf(releases), registry: session.registry };
  const { state, latest } = about.standing;
  if (state === 'not-released') return <NotReleased {...about} />;
  if (latest === null) return null;
  const { outcome } = releaseStatus(latest.status);
  if (outcome === 'needs-sign-in') return <NeedsSignIn {...about} latest={latest} />;
  if (outcome === 'releasing') return <Releasing {...about} latest={latest} />;
  if (state === 'failed' || state === 'live-on-older') return <Failed {...about} latest={latest} />;
  return null;
}

interface AboutProps {
  qualifiedName: string;
  standing: Standing;
  registry: RegistryInfo;
}

function NotReleased({ qualifiedName, registry }: AboutProps) {
  return (
    <Notice tone="accent" title="Not released yet: nothing answers under this name">
      <PublishHelp registry={registry} qualifiedName={qualifiedName} />
    </Notice>
  );
}

type WithLatest = AboutProps & { latest: Release };

function Failed({ qualifiedName, standing, latest }: WithLatest) {
  const { live, failed } = standing;
  const told = explainedReleases(standing);
  return (
    <Notice
      tone={live === null ? 'danger' : 'warning'}
      title={
        live === null
          ? 'The latest release failed, and none ever ran'
          : 'The latest release failed: an older one is still live'
      }
      actions={latest.id !== null && <ReleaseLog qualifiedName={qualifiedName} id={latest.id} />}
    >
      <div className={styles['words']}>
        {live !== null && (
          <p>
            Live is the release of <When release={live} />.
          </p>
        )}
        <ul className={styles['releases']}>
          {told.map((release) => (
            <li key={release.id ?? release.createdAt}>
              {releaseStatus(release.status).word}, <When release={release} />
              <Reason qualifiedName={qualifiedName} release={release} />
            </li>
          ))}
        </ul>
        {failed.length > told.length && (
          <p>
            Before {told.length === 1 ? 'it' : 'them'},{' '}
            {formatCount(failed.length - told.length, 'more release')} failed.
          </p>
        )}
      </div>
    </Notice>
  );
}

function NeedsSignIn({ qualifiedName, registry, standing, latest }: WithLatest) {
  return (
    <Notice
      tone="warning"
      title={
        standing.live === null
          ? 'The latest release waits for a sign-in: nothing is live'
          : 'The latest release waits for a sign-in: until then the one before it stays live'
      }
    >
      <div className={styles['words']}>
        <div>
          Since <When release={latest} />
          <Reason qualifiedName={qualifiedName} release={latest} />
        </div>
        {registry.url === SMITHERY ? (
          <p>
            <ExternalLink href={`https://smithery.ai/servers/${qualifiedName}/releases/`}>
              Sign in and resume it on Smithery
            </ExternalLink>
          </p>
        ) : (
          <>
            <p>
              Let the registry in at the server. Put your API key in TOUCHMARK_KEY. Then resume the release:
            </p>
            <Command text={registryCommand(registry, `mcp publish --resume -n ${qualifiedName}`)} />
          </>
        )}
      </div>
    </Notice>
  );
}

function Releasing({ qualifiedName, standing, latest }: WithLatest) {
  useWatch(qualifiedName, latest.id === null ? [] : [releaseQuery(qualifiedName, latest.id).queryKey]);
  return (
    <Notice
      tone="accent"
      title={
        standing.live === null
          ? 'The first release is under way'
          : 'A release is under way: until it is live, the one before it stays so'
      }
      actions={latest.id !== null && <ReleaseLog qualifiedName={qualifiedName} id={latest.id} />}
    >
      {releaseStatus(latest.status).word}, since <When release={latest} />
      <Reason qualifiedName={qualifiedName} release={latest} />
    </Notice>
  );
}

function When({ release: { createdAt } }: { release: Release }) {
  return createdAt === null ? 'an unknown time' : <ExactTime time={createdAt} />;
}

/** The registry's own sentence, and the last line of the log. */
function Reason({ qualifiedName, release: { id } }: { qualifiedName: string; release: Release }) {
  const { data, isPending, isError } = useQuery({
    ...releaseQuery(qualifiedName, id ?? ''),
    enabled: id !== null,
  });
  if (id === null || isError)
    return <p className={styles['quiet']}>Why is unknown: its log could not be read.</p>;
  if (isPending) return <Skeleton width={280} height={14} />;
  const words = logWords(data);
  if (words === null)
    return <p className={styles['quiet']}>Why is unknown: the registry has no log of it.</p>;
  return (
    <>
      {words.reason !== null && (
        <p>
          <bdi>“{words.reason}”</bdi>
          {words.detail !== null && (
            <>
              {' '}
              <bdi>{words.detail}</bdi>
            </>
          )}
        </p>
      )}
      {words.lastLine !== null && (
        <p className={styles['quiet']}>
          Last line of its log: <bdi>{words.lastLine}</bdi>
        </p>
      )}
    </>
  );
}
