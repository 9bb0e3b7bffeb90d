import { useEffect } from 'react';
import { isRouteErrorResponse, useRouteError } from 'react-router';
import { ApiError, requestIdOf } from '#web/api/calling/call-api.ts';
import { NotFoundError } from '#web/lib/not-found-error.ts';
import { Button } from '#web/ui/button.tsx';
import { MessagePage } from '#web/ui/messages/message-page.tsx';
import { RequestId } from '#web/ui/messages/request-id.tsx';
import { NotFoundPage } from './not-found-page.tsx';

/** The boundary of every page: what nothing nearer could show. */
export function ErrorPage() {
  const error = useRouteError();
  if (isNotFound(error)) return <NotFoundPage />;
  if (isOffline(error)) return <OfflinePage />;
  return (
    <>
      <title>Something went wrong · Touchmark</title>
      <MessagePage
        title="This page could not be shown"
        actions={
          <Button variant="primary" onClick={() => window.location.reload()}>
            Reload the page
          </Button>
        }
      >
        <p role="alert">{explain(error)}</p>
        <RequestId id={requestIdOf(error)} />
      </MessagePage>
    </>
  );
}

/** A page that could not be had without a network, its data or its code; with one it comes by itself. */
function OfflinePage() {
  useEffect(() => {
    // The whole page: a browser may keep that some of its code could not be had.
    const reload = () => window.location.reload();
    window.addEventListener('online', reload);
    return () => window.removeEventListener('online', reload);
  }, []);
  return (
    <>
      <title>You are offline · Touchmark</title>
      <MessagePage
        title="You are offline"
        actions={
          <Button variant="primary" onClick={() => window.location.reload()}>
            Try again
          </Button>
        }
      >
        <p role="alert">
          This page was not loaded before, and cannot be now. Nothing was changed. It comes by itself once you
          are connected.
        </p>
      </MessagePage>
    </>
  );
}

// What came of a failed request says so itself; of the code of a page, which is loaded by the browser, it does not.
function isOffline(error: unknown): boolean {
  return error instanceof ApiError ? error.code === 'offline' : !navigator.onLine;
}

function isNotFound(error: unknown): boolean {
  return error instanceof NotFoundError || (isRouteErrorResponse(error) && error.status === 404);
}

function explain(error: unknown): string {
  // A page of its own for whatever broke: the registry's words stay where they are quoted as such.
  if (error instanceof ApiError && error.code === 'registry-refused') {
    return `The registry answered with status ${error.status}. Nothing was changed.`;
  }
  if (error instanceof ApiError) return error.message;
  return 'Touchmark met an error of its own. Nothing was changed. If Touchmark was just updated, reloading helps.';
}
