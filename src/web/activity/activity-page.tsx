import { type QueryClient, useInfiniteQuery } from '@tanstack/react-query';
import { History } from 'lucide-react';
import type { LoaderFunction } from 'react-router';
import { activityQuery, operationsOf } from '#web/api/operations.ts';
import { FailureNotice } from '#web/components/failure-notice.tsx';
import { Button } from '#web/ui/button.tsx';
import { Notice } from '#web/ui/messages/notice.tsx';
import { EmptyState } from '#web/ui/messages/empty-state.tsx';
import { PageHeader } from '#web/ui/page-header.tsx';
import { Skeleton } from '#web/ui/skeleton.tsx';
import { ActivityEntry } from './activity-entry.tsx';
import { strangersWords } from './activity-text.ts';
import styles from './activity-page.module.css';

/** Starts reading the ledger; the page itself shows how it fares. */
export const loader =
  (client: QueryClient): LoaderFunction =>
  () => {
    void client.prefetchInfiniteQuery(activityQuery());
    return null;
  };

/** Every change that this key or other owners asked for, newest first, with what really happened. */
export function Component() {
  const { data, error, isPending, isFetching, isFetchingNextPage, hasNextPage, refetch, fetchNextPage } =
    useInfiniteQuery(activityQuery());
  const operations = operationsOf(data);
  const isOnlyOwn = data?.pages.some(({ onlyOwn }) => onlyOwn) ?? false;
  const strangers = strangersWords(data?.pages[0]?.refusedStrangers ?? null);
  return (
    <>
      <title>Activity · Touchmark</title>
      <PageHeader
        title="Activity"
        detail="Every change asked for with this key or by other owners of these namespaces, also those that were refused."
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
      {isOnlyOwn && (
        <div className={styles['note']}>
          <Notice
            tone="warning"
            title="Only what was done with this key is shown"
            actions={
              <Button size="sm" onClick={() => void refetch()} pending={isFetching}>
                Ask again
              </Button>
            }
          >
            The registry did not confirm just now which namespaces this key has.
          </Notice>
        </div>
      )}
      {strangers !== undefined && <p className={styles['strangers']}>{strangers}</p>}
      {isPending && <ActivitySkeleton />}
      {data !== undefined && operations.length === 0 && (
        <EmptyState
          icon={History}
          title={isOnlyOwn ? 'Nothing was done with this key' : 'Nothing is kept here'}
        >
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
