import { type QueryClient, useQuery } from '@tanstack/react-query';
import { Cable } from 'lucide-react';
import type { LoaderFunction } from 'react-router';
import { clientsQuery } from '#web/api/clients.ts';
import { FailureNotice } from '#web/components/outcomes/failure-notice.tsx';
import { EmptyState } from '#web/ui/messages/empty-state.tsx';
import { PageHeader } from '#web/ui/page-header.tsx';
import { Skeleton } from '#web/ui/skeleton.tsx';
import { ClientEntry } from './client-entry.tsx';
import styles from './clients-page.module.css';

/** Starts reading the clients; the page itself shows how it fares. */
export const loader =
  (client: QueryClient): LoaderFunction =>
  () => {
    void client.prefetchQuery(clientsQuery());
    return null;
  };

/** The clients that this owner allowed to call servers, and how to end that. */
export function Component() {
  const { data, error, isPending, isFetching, refetch } = useQuery(clientsQuery());
  return (
    <>
      <title>Connected clients · Touchmark</title>
      <PageHeader
        title="Connected clients"
        detail="Programs that you allowed to call servers in your name. Each may call its servers and do nothing else."
      />
      {error !== null && (
        <FailureNotice
          title={
            data === undefined
              ? 'The connected clients could not be loaded'
              : 'The connected clients could not be brought up to date'
          }
          error={error}
          retry={{ run: () => void refetch(), isRunning: isFetching }}
        />
      )}
      {isPending && <Skeleton width="100%" height={88} />}
      {data?.clients.length === 0 && (
        <EmptyState icon={Cable} title="No client is connected">
          Add a server’s MCP address to a client without a key: it opens this desk in your browser and asks.
        </EmptyState>
      )}
      {data !== undefined && data.clients.length > 0 && (
        <ul className={styles['entries']}>
          {data.clients.map((client) => (
            <ClientEntry key={client.id} connected={client} />
          ))}
        </ul>
      )}
    </>
  );
}
