import {
  keepPreviousData,
  type QueryClient,
  useInfiniteQuery,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query';
import { History, SearchX } from 'lucide-react';
import { useMemo, useRef } from 'react';
import type { LoaderFunction } from 'react-router';
import type { Identity } from '#contract/identity.ts';
import { activityQuery, entriesOf, knownPersons } from '#web/api/activity.ts';
import { sessionQuery } from '#web/api/session.ts';
import { FailureNotice } from '#web/components/outcomes/failure-notice.tsx';
import { formatNumber } from '#web/lib/format.ts';
import { Button } from '#web/ui/button.tsx';
import { EmptyState } from '#web/ui/messages/empty-state.tsx';
import { Notice } from '#web/ui/messages/notice.tsx';
import { PageHeader } from '#web/ui/page-header.tsx';
import { Skeleton } from '#web/ui/skeleton.tsx';
import styles from './activity-page.module.css';
import { ActivityTable } from './activity-table.tsx';
import { ActivityToolbar } from './activity-toolbar.tsx';
import { useActivityView } from './activity-view-in-address.ts';
import { isNarrowed, parseActivityView, queryOfView, wholeActivity } from './activity-view.ts';
import { DownloadButtons } from './download-buttons.tsx';
import { useNews } from './news.ts';
import { strangersWords } from './strangers-words.ts';
import { useSettled } from './use-settled.ts';

/** Starts reading what happened; the page itself shows how it fares. */
export const loader =
  (client: QueryClient): LoaderFunction =>
  ({ request }) => {
    const view = parseActivityView(new URL(request.url).searchParams);
    void client.prefetchInfiniteQuery(activityQuery(queryOfView(view)));
    return null;
  };

/** What happened to the owner's servers, newest first, whoever did it; with what really became of it. */
export function Component() {
  const client = useQueryClient();
  const { data: session } = useQuery(sessionQuery());
  const [view, change] = useActivityView();
  // Rows follow the fields; those follow every letter.
  const query = useSettled(view.query);
  const filter = useMemo(() => queryOfView({ ...view, query }), [view, query]);
  const list = useInfiniteQuery({ ...activityQuery(filter), placeholderData: keepPreviousData });
  const { data, error, isPending, isFetching, isFetchingNextPage, isPlaceholderData, hasNextPage } = list;
  const table = useRef<HTMLDivElement>(null);
  const entries = useMemo(() => entriesOf(data), [data]);
  const news = useNews({ filter, entries, table });

  const isWhole = data?.pages[0]?.isWhole ?? session?.registry.embedded;
  const isOnlyOwn = data?.pages.some(({ onlyOwn }) => onlyOwn) ?? false;
  const strangers = strangersWords(data?.pages[0]?.refusedStrangers ?? null);
  const isEmpty = data !== undefined && entries.length === 0 && !hasNextPage;
  return (
    <>
      <title>Activity · Touchmark</title>
      <PageHeader
        title="Activity"
        detail={
          <span className={styles['detail']}>
            {isWhole === false
              ? 'Changes made through this desk, with this key or by other owners of these namespaces, also those that were refused. This registry does not tell of any others.'
              : 'Every change to what is yours, whoever made it and from wherever, also those that were refused.'}{' '}
            {session !== undefined && (
              <>
                At <bdi>{session.registry.desk.name ?? session.registry.name}</bdi>, as{' '}
                <Account identity={session.identity} />.
              </>
            )}
          </span>
        }
        actions={<DownloadButtons filter={filter} />}
      />
      <ActivityToolbar
        view={view}
        onChange={change}
        persons={isWhole === false ? null : knownPersons(client)}
      />
      {error !== null && (
        <div className={styles['note']}>
          <FailureNotice
            title={
              data === undefined
                ? 'The activity could not be loaded'
                : 'The activity could not be brought up to date'
            }
            error={error}
            retry={{ run: () => void list.refetch(), isRunning: isFetching }}
          />
        </div>
      )}
      {isOnlyOwn && (
        <div className={styles['note']}>
          <Notice
            tone="warning"
            title="Only what was done with this key is shown"
            actions={
              <Button size="sm" onClick={() => void list.refetch()} pending={isFetching}>
                Ask again
              </Button>
            }
          >
            The registry did not confirm just now which namespaces this key has.
          </Notice>
        </div>
      )}
      {strangers !== undefined && <p className={styles['strangers']}>{strangers}</p>}
      <output className={news.count > 0 ? styles['news'] : undefined}>
        {news.count > 0 && <Button onClick={news.show}>{`${formatNumber(news.count)} new, show`}</Button>}
      </output>
      {isPending && error === null && <ActivitySkeleton />}
      {isEmpty &&
        (isNarrowed(view) ? (
          <EmptyState
            icon={SearchX}
            title="No change matches"
            action={<Button onClick={() => change({ ...wholeActivity })}>Show all activity</Button>}
          >
            Nothing that is kept here matches what you search or filter by.
          </EmptyState>
        ) : (
          <EmptyState
            icon={History}
            title={isOnlyOwn ? 'Nothing was done with this key' : 'Nothing is kept here'}
          >
            When you delete or change a server, what became of it is kept here.
          </EmptyState>
        ))}
      <div
        ref={table}
        className={isPlaceholderData ? styles['dim'] : undefined}
        aria-busy={isPlaceholderData}
      >
        {entries.length > 0 && <ActivityTable entries={entries} isAll={!hasNextPage} onNarrow={change} />}
      </div>
      {hasNextPage && (
        <div className={styles['more']}>
          <Button onClick={() => void list.fetchNextPage()} pending={isFetchingNextPage}>
            Load older
          </Button>
        </div>
      )}
    </>
  );
}

/** Whose key the page looks with; what the registry does not tell is not claimed. */
function Account({ identity: { user, keyLabel } }: { identity: Identity }) {
  if (user === null) return <>whoever has this key</>;
  return (
    <>
      <bdi translate="no">{user}</bdi>
      {keyLabel !== null && (
        <>
          {' '}
          (key <bdi>{keyLabel}</bdi>)
        </>
      )}
    </>
  );
}

function ActivitySkeleton() {
  return (
    <div className={styles['placeholder']} aria-busy>
      <span className="visually-hidden">Loading the activity</span>
      {[1, 2, 3, 4].map((row) => (
        <Skeleton key={row} width="100%" height={56} />
      ))}
    </div>
  );
}
