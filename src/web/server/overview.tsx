import type { UseQueryResult } from '@tanstack/react-query';
import { iconPath } from '#web/components/icon-path.ts';
import type { ListedServer, ServerDetail } from '#web/api/server-cache.ts';
import { DeleteServerPanel } from '#web/server/deletion/danger-zone.tsx';
import { CONNECT_ID } from './connect-options.ts';
import { ServerConnectPanel } from './connect-panel.tsx';
import styles from './overview.module.css';
import { ServerFactsPanel } from './facts-panel.tsx';
import { ServerReleasePanel } from './release-panel.tsx';
import { ServerToolsPanel } from './tools-panel.tsx';

interface ServerContentProps {
  server: ServerDetail;
  summary: UseQueryResult<ListedServer | null>;
}

/** Left what one needs daily, right the facts, last what cannot be undone. */
export function ServerContent({ server, summary }: ServerContentProps) {
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
          <ServerReleasePanel qualifiedName={qualifiedName} />
          <div id={CONNECT_ID}>
            <ServerConnectPanel server={server} />
          </div>
          <ServerToolsPanel tools={server.tools} />
        </div>
        <ServerFactsPanel server={server} summary={summary} />
      </div>
      <DeleteServerPanel
        target={{
          qualifiedName,
          serverId: summary.data?.id ?? null,
          displayName: server.displayName,
          icon: iconPath(server),
          createdAt: summary.data?.createdAt ?? null,
          useCount: summary.data?.useCount ?? null,
        }}
        // The id tells this server from one re-created under its name: without it, deleting is less safe.
        isLoading={summary.isPending}
      />
    </>
  );
}
