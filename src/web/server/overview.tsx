import { type QueryClient, type QueryKey, useQuery, type UseQueryResult } from '@tanstack/react-query';
import { useState } from 'react';
import { type LoaderFunction, useLocation } from 'react-router';
import { serverHistoryQuery } from '#web/api/activity.ts';
import { domainsQuery } from '#web/api/domains.ts';
import { ownedServerQuery } from '#web/api/owned-server.ts';
import { releasesQuery } from '#web/api/releases.ts';
import { secretsQuery } from '#web/api/secrets.ts';
import type { ListedServer, ServerDetail, Unreadable } from '#contract/registry-answers.ts';
import { listedServerQuery, serverQuery } from '#web/api/servers.ts';
import { FailureNotice } from '#web/components/outcomes/failure-notice.tsx';
import { UnreadableNote } from '#web/components/outcomes/unreadable-note.tsx';
import { CONNECT_ID } from '#web/lib/paths.ts';
import { requireQualifiedName } from '#web/lib/require-qualified-name.ts';
import { isConnectable } from './connect/connection.ts';
import { ConnectPanel } from './connect/connect-panel.tsx';
import { DangerZone } from './deletion/danger-zone.tsx';
import { FactsPanel } from './facts-panel.tsx';
import { HistoryPanel } from './history/history-panel.tsx';
import { OverviewSkeleton } from './overview-skeleton.tsx';
import styles from './overview.module.css';
import { askAsOwner, useIsOwn } from './ownership.ts';
import { ReleasePanel } from './releases/release-panel.tsx';
import { ToolsPanel } from './tools-panel.tsx';
import { useWatch } from './watch-server.ts';

/** Starts what this tab shows beyond what the layout asks for. */
export const loader =
  (client: QueryClient): LoaderFunction =>
  ({ request }) => {
    const qualifiedName = requireQualifiedName(new URL(request.url).pathname);
    askAsOwner(client, qualifiedName, () => {
      void client.prefetchQuery(secretsQuery(qualifiedName));
      void client.prefetchQuery(domainsQuery(qualifiedName));
      void client.prefetchQuery(ownedServerQuery(qualifiedName));
      void client.prefetchQuery(serverHistoryQuery(qualifiedName));
    });
    return null;
  };

/** The first tab of a server's page: what one needs daily, and last what cannot be undone. */
export function Component() {
  const qualifiedName = requireQualifiedName(useLocation().pathname);
  const server = useQuery(serverQuery(qualifiedName));
  const listed = useQuery(listedServerQuery(qualifiedName));
  const isOwn = useIsOwn(qualifiedName) === true;
  const [wasOwn, setWasOwn] = useState(isOwn);
  if (isOwn && !wasOwn) setWasOwn(true);
  useWatch(qualifiedName, isOwn ? watchedKeys(qualifiedName) : []);
  const { data, error } = server;
  // Whatever its answer is worth, its owner can name it, and so end it. It stays while the answer is asked for again.
  const canBeEnded = data !== undefined || server.errorUpdateCount > 0;
  const unread = { qualifiedName, displayName: listed.data?.displayName ?? qualifiedName, iconUrl: null };
  return (
    <>
      {data !== undefined && <ServerOverview server={data} listed={listed} isOwn={isOwn} />}
      {data === undefined && error === null && <OverviewSkeleton />}
      {data === undefined && error !== null && (
        <div className={styles['failure']}>
          <FailureNotice
            title="This server could not be loaded"
            error={error}
            retry={{ run: () => void server.refetch(), isRunning: server.isFetching }}
          />
        </div>
      )}
      {wasOwn && canBeEnded && <ServerDangerZone server={data ?? unread} listed={listed} isOwn={isOwn} />}
    </>
  );
}

// What lies behind a server: its owner alone may ask for it.
const watchedKeys = (qualifiedName: string): QueryKey[] => [
  releasesQuery(qualifiedName).queryKey,
  secretsQuery(qualifiedName).queryKey,
  domainsQuery(qualifiedName).queryKey,
  ownedServerQuery(qualifiedName).queryKey,
];

interface ServerOverviewProps {
  server: ServerDetail & { unreadable: Unreadable };
  listed: UseQueryResult<ListedServer | null>;
  isOwn: boolean;
}

function ServerOverview({ server, listed, isOwn }: ServerOverviewProps) {
  const { qualifiedName } = server;
  return (
    <div className={styles['columns']}>
      <div className={styles['column']}>
        <UnreadableNote unreadable={server.unreadable} />
        {server.description !== '' && (
          <p className={styles['description']}>
            <bdi>{server.description}</bdi>
          </p>
        )}
        {isOwn && <ReleasePanel qualifiedName={qualifiedName} />}
        {isConnectable(server) && (
          <div id={CONNECT_ID}>
            <ConnectPanel server={server} />
          </div>
        )}
        {/* Before a release there is nothing that could offer any, as the notice above says. */}
        {(server.tools !== null || server.connections?.length !== 0) && (
          <ToolsPanel tools={server.tools} count={server.toolCount} />
        )}
        {isOwn && <HistoryPanel qualifiedName={qualifiedName} serverId={listed.data?.id ?? null} />}
      </div>
      <FactsPanel server={server} listed={listed} isOwn={isOwn} />
    </div>
  );
}

interface ServerDangerZoneProps {
  server: Pick<ServerDetail, 'qualifiedName' | 'displayName' | 'iconUrl'>;
  listed: UseQueryResult<ListedServer | null>;
  isOwn: boolean;
}

function ServerDangerZone({ server, listed, isOwn }: ServerDangerZoneProps) {
  return (
    <DangerZone
      target={{
        qualifiedName: server.qualifiedName,
        serverId: listed.data?.id ?? null,
        displayName: server.displayName,
        iconUrl: server.iconUrl,
        createdAt: listed.data?.createdAt ?? null,
        useCount: listed.data?.useCount ?? null,
      }}
      // The id tells this server from one re-created under its name: without it, deleting is less safe.
      isLoading={listed.isPending}
      isOwn={isOwn}
    />
  );
}
