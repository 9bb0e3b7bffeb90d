import { QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { createBrowserRouter } from 'react-router';
import { RouterProvider } from 'react-router/dom';
import { createQueryClient } from '#web/api/query-client.ts';
import { followOtherTabs } from '#web/api/deletions.ts';
import { ToastRegion } from '#web/ui/toast.tsx';
import { endSession } from './end-session.ts';
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
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={queryClient}>
        <RouterProvider router={router} />
        <ToastRegion onFollow={(href) => void router.navigate(href)} />
      </QueryClientProvider>
    </StrictMode>,
  );
}
