import type { UseQueryResult } from '@tanstack/react-query';
import type { ListedServer, ServerDetail } from '#web/api/server-cache.ts';
import { DangerZone } from '#web/server/deletion/danger-zone.tsx';
import { CONNECT_ID } from './connect-options.ts';
import { ConnectPanel } from './connect-panel.tsx';
import styles from './overview.module.css';
import { FactsPanel } from './facts-panel.tsx';
import { ReleasePanel } from './release-panel.tsx';
import { ToolsPanel } from './tools-panel.tsx';

interface ServerOverviewProps {
  server: ServerDetail;
  listed: UseQueryResult<ListedServer | null>;
}

/** Left what one needs daily, right the facts, last what cannot be undone. */
export function ServerOverview({ server, listed }: ServerOverviewProps) {
  const { qualifiedName } = server;
  return (
    <>
      <div className={styles['columns']}>
        <div className={styles['column']}>
          {server.description !== '' && (
            <p className={styles['description']}>
              <bdi>{server.description}</bdi>
            </p>
          )}
          <ReleasePanel qualifiedName={qualifiedName} />
          <div id={CONNECT_ID}>
            <ConnectPanel server={server} />
          </div>
          <ToolsPanel tools={server.tools} />
        </div>
        <FactsPanel server={server} listed={listed} />
      </div>
      <DangerZone
        target={{
          qualifiedName,
          serverId: listed.data?.id ?? null,
          displayName: server.displayName,
          iconUrl: server.iconUrl,
          createdAt: listed.data?.createdAt ?? null,
          useCount: listed.data?.useCount ?? null,
        }}
        // The id tells this server from one re-created under its name: without it, deleting is less safe.
        isLoading={listed.isPending}
      />
    </>
  );
}
