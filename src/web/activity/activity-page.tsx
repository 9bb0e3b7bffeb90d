import { type QueryClient, useInfiniteQuery } from '@tanstack/react-query';
import { History } from 'lucide-react';
import type { LoaderFunction } from 'react-router';
import { activityQuery, operationsOf } from '#web/api/operations.ts';
import { FailureNotice } from '#web/components/failure-notice.tsx';
import { Button } from '#web/ui/button.tsx';
import { EmptyState } from '#web/ui/messages/empty-state.tsx';
import { PageHeader } from '#web/ui/page-header.tsx';
import { Skeleton } from '#web/ui/skeleton.tsx';
import { ActivityEntry } from './activity-entry.tsx';
import styles from './activity-page.module.css';

/** Starts reading the ledger; the page itself shows how it fares. */
export const loader =
  (client: QueryClient): LoaderFunction =>
  () => {
    void client.prefetchInfiniteQuery(activityQuery());
    return null;
  };

/** Every change asked for, newest first, with what really happened. */
export function Component() {
  const { data, error, isPending, isFetching, isFetchingNextPage, hasNextPage, refetch, fetchNextPage } =
    useInfiniteQuery(activityQuery());
  const operations = operationsOf(data);
  return (
    <>
      <title>Activity · Touchmark</title>
      <PageHeader
        title="Activity"
        detail="Every change asked for with this key or in these namespaces, also those that were refused."
      />
      {error !== null && (
        <FailureNotice
          title={
            data === undefined
              ? 'The activity could not be loaded'
              : 'The activity could not be brought up to date'
          }
          error={error}
          retry={{ run: () => void refetch(), isRunning: isFetching }}
        />
      )}
      {isPending && <ActivitySkeleton />}
      {data !== undefined && operations.length === 0 && (
        <EmptyState icon={History} title="Nothing has happened yet">
          When you delete or change a server, what became of it is kept here.
        </EmptyState>
      )}
      {operations.length > 0 && (
        <ol className={styles['entries']}>
          {operations.map((operation) => (
            <ActivityEntry key={operation.id} operation={operation} />
          ))}
        </ol>
      )}
      {hasNextPage && (
        <div className={styles['more']}>
          <Button onClick={() => void fetchNextPage()} pending={isFetchingNextPage}>
            Load older
          </Button>
        </div>
      )}
    </>
  );
}

function ActivitySkeleton() {
  return (
    <ol className={styles['entries']} aria-busy>
      {[1, 2, 3, 4].map((row) => (
        <li key={row} className={styles['placeholder']}>
          <Skeleton width="100%" height={44} />
        </li>
      ))}
    </ol>
  );
}
