import '#web/ui/tokens.css';
import '#web/ui/base.css';
import '#web/ui/desk-accents.css';
import './first-paint/first-paint.css';
import { type QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { createBrowserRouter, type DataRouter } from 'react-router';
import { RouterProvider } from 'react-router/dom';
import { followOtherTabs } from '#web/api/deletions.ts';
import { createQueryClient } from '#web/api/calling/query-client.ts';
import { forgetSession, readSessionLife } from '#web/api/calling/session-life.ts';
import { ActingAs } from '#web/components/who/acting-as.tsx';
import { nameTitles } from '#web/lib/desk.ts';
import { paths } from '#web/lib/paths.ts';
import { SessionKeeper } from '#web/session/session-keeper.tsx';
import { ToastRegion } from '#web/ui/toast/toast.tsx';
import { prefetchPages } from './prefetch-pages.ts';
import { createRoutes } from './routes.tsx';
import { restoreScroll } from './scroll-places.ts';

/** Builds the one query client and the one router, and shows the application. */
export function startApp(): void {
  const queryClient = createQueryClient(() => {
    // Where there was a session, its keeper asks for the key over the page.
    if (readSessionLife().phase !== 'ended') void askToSignIn(router, false);
  });
  const router = createBrowserRouter(createRoutes(queryClient));
  followOtherTabs(queryClient);
  nameTitles();
  prefetchPages(router);
  const root = document.getElementById('root');
  if (root === null) throw new Error('The page has no #root.');
  whenReady(router, queryClient, () => {
    restoreScroll(router);
    createRoot(root).render(
      <StrictMode>
        <QueryClientProvider client={queryClient}>
          <RouterProvider router={router} />
          <ToastRegion onFollow={(href) => void router.navigate(href)} footer={<ActingAs />} />
          <SessionKeeper onLeave={() => void leave(queryClient, router)} />
        </QueryClientProvider>
      </StrictMode>,
    );
  });
}

// Until the first page's code, session and first answers are here, what the HTML brought stands: it is that very page,
// without its data.
function whenReady(router: DataRouter, client: QueryClient, run: () => void): void {
  if (router.state.initialized) return whenAnswered(client, run);
  const stop = router.subscribe(({ initialized }) => {
    if (!initialized) return;
    stop();
    whenAnswered(client, run);
  });
}

// What takes longer comes later, and may then move what stands below it.
const FIRST_ANSWERS_MS = 1000;

/** Runs once all that the loaders asked for has been answered, so that nothing of the page moves as answers arrive. */
function whenAnswered(client: QueryClient, run: () => void): void {
  if (client.isFetching() === 0) return run();
  let isWaiting = true;
  const go = () => {
    isWaiting = false;
    stop();
    clearTimeout(limit);
    run();
  };
  // Not at once: an answer may lead to the next question.
  const stop = client.getQueryCache().subscribe(() => {
    setTimeout(() => isWaiting && client.isFetching() === 0 && go(), 0);
  });
  const limit = setTimeout(go, FIRST_ANSWERS_MS);
}

/** Goes to the sign-in page, from where one comes back. `ended`: somebody was signed in before. */
async function askToSignIn(router: DataRouter, ended: boolean): Promise<void> {
  const { pathname, search } = router.state.navigation.location ?? router.state.location;
  if (pathname === paths.signIn()) return;
  await router.navigate(paths.signIn(pathname + search), { replace: true, state: { ended } });
}

/** Leaves the page to whoever signs in next: nothing is kept of what it showed. */
async function leave(queryClient: QueryClient, router: DataRouter): Promise<void> {
  forgetSession();
  await askToSignIn(router, true);
  // Not before: the page still on screen must not ask again for what it shows.
  queryClient.clear();
}
