import '#web/ui/tokens.css';
import '#web/ui/base.css';
import './first-paint/first-paint.css';
import { type QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { createBrowserRouter, type DataRouter } from 'react-router';
import { RouterProvider } from 'react-router/dom';
import { followOtherTabs } from '#web/api/deletions.ts';
import { createQueryClient } from '#web/api/query-client.ts';
import { sessionQuery } from '#web/api/session.ts';
import { paths } from '#web/lib/paths.ts';
import { ToastRegion } from '#web/ui/toast/toast.tsx';
import { prefetchPages } from './prefetch-pages.ts';
import { createRoutes } from './routes.tsx';

/** Builds the one query client and the one router, and shows the application. */
export function startApp(): void {
  const queryClient = createQueryClient(() => endSession(queryClient, router));
  const router = createBrowserRouter(createRoutes(queryClient));
  followOtherTabs(queryClient);
  prefetchPages(router);
  const root = document.getElementById('root');
  if (root === null) throw new Error('The page has no #root.');
  whenReady(router, () =>
    createRoot(root).render(
      <StrictMode>
        <QueryClientProvider client={queryClient}>
          <RouterProvider router={router} />
          <ToastRegion onFollow={(href) => void router.navigate(href)} />
        </QueryClientProvider>
      </StrictMode>,
    ),
  );
}

// Until the first page's code and session are here, what the HTML brought stands: it is that very page, without its data.
function whenReady(router: DataRouter, run: () => void): void {
  if (router.state.initialized) return run();
  const stop = router.subscribe(({ initialized }) => {
    if (!initialized) return;
    stop();
    run();
  });
}

/**
 * Goes to the sign-in page, from where one comes back to the page that met the end of the session. The cache is
 * kept until someone has signed in: the page still on screen must not ask again for what it shows.
 */
function endSession(queryClient: QueryClient, router: DataRouter): void {
  const { pathname, search } = router.state.navigation.location ?? router.state.location;
  if (pathname === paths.signIn()) return;
  const ended = queryClient.getQueryData(sessionQuery().queryKey) !== undefined;
  void router.navigate(paths.signIn(pathname + search), { replace: true, state: { ended } });
}
