import { useQuery, type UseQueryResult } from '@tanstack/react-query';
import { ChevronLeft } from 'lucide-react';
import { Link } from 'react-router';
import { sessionQuery } from '#web/api/session.ts';
import type { ListedServer, ServerDetail } from '#contract/registry-answers.ts';
import { useListAddress } from '#web/components/list-place.ts';
import { QualifiedName } from '#web/components/server-marks/qualified-name.tsx';
import { ServerIcon } from '#web/components/server-marks/server-icon.tsx';
import { StateBadge } from '#web/components/server-marks/state-badge.tsx';
import { CONNECT_ID } from '#web/lib/paths.ts';
import { buttonClass } from '#web/ui/button.tsx';
import { CopyButton } from '#web/ui/copy-button.tsx';
import { ExternalLink } from '#web/ui/external-link.tsx';
import { PageHeader } from '#web/ui/page-header.tsx';
import { isConnectable } from './connect/connection.ts';
import { ownersHomepage } from './owners-homepage.ts';
import styles from './server-header.module.css';
import { useServerState } from './use-server-state.ts';

interface ServerHeaderProps {
  qualifiedName: string;
  displayName: string;
  server: UseQueryResult<ServerDetail>;
  listed: UseQueryResult<ListedServer | null>;
}

/** What the server is and what it is doing; shown as far as it is known while the rest loads. */
export function ServerHeader({ qualifiedName, displayName, server, listed }: ServerHeaderProps) {
  const { data: session } = useQuery(sessionQuery());
  const listAddress = useListAddress();
  const state = useServerState(qualifiedName, { server, listed });
  const entry = listed.data ?? null;
  const canConnect = server.data === undefined ? server.error === null : isConnectable(server.data);
  const homepage = ownersHomepage(entry?.homepage, qualifiedName, session?.registry.url);
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
              <QualifiedName name={qualifiedName} />
              <CopyButton text={qualifiedName} label="Copy the qualified name" />
            </span>
            <StateBadge state={state} />
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
