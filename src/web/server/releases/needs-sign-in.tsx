import { useQuery } from '@tanstack/react-query';
import type { Release } from '#contract/registry-answers.ts';
import type { RegistryInfo } from '#contract/session.ts';
import { releaseQuery } from '#web/api/releases.ts';
import { Command } from '#web/components/publishing/command.tsx';
import { registryCommand, SMITHERY } from '#web/components/publishing/registry-command.ts';
import { useOnline } from '#web/ui/online.ts';
import { Button } from '#web/ui/button.tsx';
import { ExternalLink } from '#web/ui/external-link.tsx';
import { Notice } from '#web/ui/messages/notice.tsx';
import { useWatch } from '#web/server/watch-server.ts';
import { signInAddress } from './failure-reason.ts';
import styles from './needs-sign-in.module.css';
import { ReleaseLog } from './release-log.tsx';
import { Reason, When } from './release-words.tsx';
import type { ResumeAttempt } from './resume-attempt.ts';
import type { Standing } from './standing.ts';

interface NeedsSignInProps {
  qualifiedName: string;
  registry: RegistryInfo;
  standing: Standing;
  latest: Release;
  attempt: ResumeAttempt;
}

/** Of a release that waits for a sign-in: since when, where to sign in, and the button that lets it go on. */
export function NeedsSignIn({ qualifiedName, registry, standing, latest, attempt }: NeedsSignInProps) {
  const { id } = latest;
  useWatch(qualifiedName, [releaseQuery(qualifiedName, latest).queryKey]);
  return (
    <Notice
      tone="warning"
      title={
        standing.live === null
          ? 'The latest release waits for a sign-in: nothing is live'
          : 'The latest release waits for a sign-in: until then the one before it stays live'
      }
      actions={
        id !== null && (
          <>
            <ResumeButton release={id} attempt={attempt} />
            <ReleaseLog qualifiedName={qualifiedName} release={latest} />
            {registry.url !== SMITHERY && <Terminal qualifiedName={qualifiedName} registry={registry} />}
          </>
        )
      }
    >
      <div className={styles['words']}>
        <div>
          Since <When release={latest} />
          <Reason qualifiedName={qualifiedName} release={latest} />
        </div>
        <WhereToSignIn qualifiedName={qualifiedName} registry={registry} release={latest} />
      </div>
    </Notice>
  );
}

interface WhereToSignInProps {
  qualifiedName: string;
  registry: RegistryInfo;
  release: Release;
}

function WhereToSignIn({ qualifiedName, registry, release }: WhereToSignInProps) {
  const { data } = useQuery(releaseQuery(qualifiedName, release));
  const address = data === undefined ? undefined : signInAddress(data);
  const isSmithery = registry.url === SMITHERY;
  const host = hostOf(release.upstreamUrl);
  return (
    <>
      {address !== undefined && (
        <p>
          <ExternalLink href={address}>
            Sign in at <bdi>{new URL(address).host}</bdi>
          </ExternalLink>
        </p>
      )}
      {isSmithery && (
        <p>
          <ExternalLink href={`https://smithery.ai/servers/${qualifiedName}/releases/`}>
            Sign in and resume it on Smithery
          </ExternalLink>
        </p>
      )}
      {address === undefined && !isSmithery && (
        <p>
          Let the registry in at {host === null ? 'the server' : <bdi className={styles['host']}>{host}</bdi>}
          , then resume the release.
        </p>
      )}
    </>
  );
}

function ResumeButton({ release, attempt }: { release: string; attempt: ResumeAttempt }) {
  const { phase, secondsLeft, send } = attempt;
  const isOnline = useOnline();
  if (phase === 'sending' || phase === 'checking') {
    return (
      <Button variant="primary" pending>
        {phase === 'sending' ? 'Resuming…' : 'Checking…'}
      </Button>
    );
  }
  const isWaiting = phase === 'busy' || secondsLeft > 0 || !isOnline;
  return (
    <Button variant="primary" waiting={isWaiting} onClick={() => send(release)}>
      Resume release
    </Button>
  );
}

function Terminal({ qualifiedName, registry }: Pick<NeedsSignInProps, 'qualifiedName' | 'registry'>) {
  return (
    <details className={styles['terminal']}>
      <summary>Resume it from a terminal</summary>
      <p>Put your API key in TOUCHMARK_KEY, and run:</p>
      <Command text={registryCommand(registry, `mcp publish --resume -n ${qualifiedName}`)} />
    </details>
  );
}

function hostOf(url: string | null): string | null {
  return url !== null && URL.canParse(url) ? new URL(url).host : null;
}
