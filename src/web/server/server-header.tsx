import { useQuery, type UseQueryResult } from '@tanstack/react-query';
import { ChevronLeft } from 'lucide-react';
import { Link } from 'react-router';
import { releasesQuery } from '#web/api/releases.ts';
import type { ListedServer, ServerDetail } from '#contract/registry-answers.ts';
import { useListAddress } from '#web/components/list-place.ts';
import { ServerIcon } from '#web/components/server-icon.tsx';
import { serverState } from '#web/components/server-state.ts';
import { StateBadge } from '#web/components/state-badge.tsx';
import { CONNECT_ID } from '#web/lib/paths.ts';
import { safeHref } from '#web/lib/safe-link.ts';
import { buttonClass } from '#web/ui/button.tsx';
import { CopyButton } from '#web/ui/copy-button.tsx';
import { ExternalLink } from '#web/ui/external-link.tsx';
import { PageHeader } from '#web/ui/page-header.tsx';
import styles from './server-header.module.css';

interface ServerHeaderProps {
  qualifiedName: string;
  displayName: string;
  server: UseQueryResult<ServerDetail>;
  listed: UseQueryResult<ListedServer | null>;
}

/** What the server is and what it is doing; shown as far as it is known while the rest loads. */
export function ServerHeader({ qualifiedName, displayName, server, listed }: ServerHeaderProps) {
  const releases = useQuery(releasesQuery(qualifiedName));
  const listAddress = useListAddress();
  const entry = listed.data ?? null;
  const canConnect = server.data !== undefined || server.error === null;
  const homepage = safeHref(entry?.homepage);
  return (
    <div className={styles['header']}>
      <Link to={listAddress} className={styles['back']}>
        <ChevronLeft size={16} aria-hidden />
        Servers
      </Link>
      <PageHeader
        icon={<ServerIcon server={entry ?? server.data} name={displayName} size={56} />}
        title={<bdi>{displayName}</bdi>}
        detail={
          <span className={styles['detail']}>
            <span className={styles['name']}>
              <bdi>{qualifiedName}</bdi>
              <CopyButton text={qualifiedName} label="Copy the qualified name" />
            </span>
            <StateBadge
              state={
                listed.isPending || releases.isPending
                  ? 'loading'
                  : serverState(entry, releases.data ?? NO_RELEASES)
              }
            />
          </span>
        }
        actions={
          // Connect comes first, where it stays: the homepage is known a moment later.
          <div className={styles['actions']}>
            {canConnect && (
              <a href={`#${CONNECT_ID}`} className={buttonClass({ variant: 'primary' })}>
                Connect
              </a>
            )}
            {homepage !== undefined && (
              <ExternalLink href={homepage} className={buttonClass({})}>
                Visit homepage
              </ExternalLink>
            )}
          </div>
        }
      />
    </div>
  );
}

// They could not be had.
const NO_RELEASES = { releases: [], latest: 'unknown', count: null } as const;
