import { type QueryClient, useQuery } from '@tanstack/react-query';
import type { LoaderFunction } from 'react-router';
import { useSearchParams } from 'react-router';
import { clientRequestQuery } from '#web/api/clients.ts';
import { ApiError } from '#web/api/calling/call-api.ts';
import { sessionQuery } from '#web/api/session.ts';
import { DeskBadge } from '#web/components/who/desk-badge.tsx';
import { FailureNotice } from '#web/components/outcomes/failure-notice.tsx';
import { keepPendingPage } from '#web/lib/pending-page.ts';
import { Skeleton } from '#web/ui/skeleton.tsx';
import { ConsentForm } from './consent-form.tsx';
import styles from './consent-page.module.css';
import { ConsentProblem } from './consent-problem.tsx';

/** Asks who is signed in, which leads to the sign-in page and back, and what the client asks for. */
export const loader =
  (client: QueryClient): LoaderFunction =>
  async ({ request }) => {
    const { pathname, search, searchParams } = new URL(request.url);
    const id = searchParams.get('request');
    if (id === null) return null;
    try {
      await client.ensureQueryData(sessionQuery());
    } catch (error) {
      keepPendingPage(pathname + search);
      throw error;
    }
    void client.prefetchQuery(clientRequestQuery(id));
    return null;
  };

/** Where a client that asks for access sends its owner: who asks, for what, and the two answers. */
export function Component() {
  const [searchParams] = useSearchParams();
  const id = searchParams.get('request');
  return (
    <main className={styles['page']}>
      <title>A client asks for access · Touchmark</title>
      <div className={styles['card']}>
        <img src="/mark.svg" alt="" width={40} height={40} />
        <DeskBadge />
        {id === null ? <ConsentProblem code={searchParams.get('problem')} /> : <Asked id={id} />}
      </div>
    </main>
  );
}

function Asked({ id }: { id: string }) {
  const { data, error, isFetching, refetch } = useQuery(clientRequestQuery(id));
  if (data !== undefined) return <ConsentForm id={id} request={data} />;
  if (error instanceof ApiError && error.status === 404) return <ConsentProblem code="over" />;
  if (error !== null) {
    return (
      <FailureNotice
        title="What the client asks for could not be loaded"
        error={error}
        retry={{ run: () => void refetch(), isRunning: isFetching }}
      />
    );
  }
  return <Skeleton width="100%" height={320} />;
}
