import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useRef } from 'react';
import type { Release } from '#contract/registry-answers.ts';
import type { RegistryInfo } from '#contract/session.ts';
import { releaseQuery, releasesQuery } from '#web/api/releases.ts';
import { sessionQuery } from '#web/api/session.ts';
import { PublishHelp } from '#web/components/publishing/publish-help.tsx';
import { releaseStatus } from '#web/components/server-marks/release-status.ts';
import { formatCount } from '#web/lib/format.ts';
import { Notice } from '#web/ui/messages/notice.tsx';
import { useWatch } from '#web/server/watch-server.ts';
import { NeedsSignIn } from './needs-sign-in.tsx';
import { ReleaseLog } from './release-log.tsx';
import { Reason, When } from './release-words.tsx';
import { type ResumeAttempt, useResumeAttempt } from './resume-attempt.ts';
import { ResumeProgress } from './resume-progress.tsx';
import { explainedReleases, type Standing, standingOf } from './standing.ts';
import styles from './standing-notice.module.css';

// Somebody may be waiting for its end.
const WHILE_RELEASING_MS = 2500;

/** What an owner has to know of a server first: what is wrong, why, and what helps. Nothing where all is well. */
export function StandingNotice({ qualifiedName }: { qualifiedName: string }) {
  const { data: releases } = useQuery(releasesQuery(qualifiedName));
  const { data: session } = useQuery(sessionQuery());
  const place = useRef<HTMLDivElement>(null);
  const resume = useResumeAttempt(qualifiedName, {
    onResumed: () => place.current?.focus({ preventScroll: true }),
    isShown: () => place.current !== null,
  });
  if (releases === undefined || session === undefined) return null;
  const about = { qualifiedName, standing: standingOf(releases), registry: session.registry };
  const newest = typeof releases.latest === 'object' ? releases.latest : null;
  const wasAsked = newest !== null && newest.id === resume.asked;
  const notice = noticeOf(about, resume);
  if (notice === null && !wasAsked) return null;
  return (
    <div ref={place} className={styles['standing']} tabIndex={-1}>
      {notice}
      {wasAsked && <ResumeProgress attempt={resume} newest={newest} />}
    </div>
  );
}

function noticeOf(about: AboutProps, resume: ResumeAttempt): ReactNode {
  const { state, latest } = about.standing;
  if (state === 'not-released') return <NotReleased {...about} />;
  if (latest === null) return null;
  const { outcome } = releaseStatus(latest.status);
  if (outcome === 'needs-sign-in') return <NeedsSignIn {...about} latest={latest} attempt={resume} />;
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
      actions={latest.id !== null && <ReleaseLog qualifiedName={qualifiedName} release={latest} />}
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

function Releasing({ qualifiedName, standing, latest }: WithLatest) {
  const keys = [releasesQuery(qualifiedName).queryKey, releaseQuery(qualifiedName, latest).queryKey];
  useWatch(qualifiedName, keys, WHILE_RELEASING_MS);
  return (
    <Notice
      tone="accent"
      title={
        standing.live === null
          ? 'The first release is under way'
          : 'A release is under way: until it is live, the one before it stays so'
      }
      actions={latest.id !== null && <ReleaseLog qualifiedName={qualifiedName} release={latest} />}
    >
      {releaseStatus(latest.status).word}, since <When release={latest} />
      <Reason qualifiedName={qualifiedName} release={latest} />
    </Notice>
  );
}
