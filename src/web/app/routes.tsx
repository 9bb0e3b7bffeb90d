import type { QueryClient } from '@tanstack/react-query';
import type { ComponentType } from 'react';
import { type LoaderFunction, redirect, type RouteObject } from 'react-router';
import { PAGES } from '#contract/page-paths.ts';
import { ownedServersQuery, serverCountsQuery } from '#web/api/owned-servers.ts';
import { USUAL_ORDER } from '#web/api/server-cache/server-cache.ts';
import { sessionQuery } from '#web/api/session.ts';
import { paths } from '#web/lib/paths.ts';
import { parseView } from '#web/components/list-view.ts';
import { ErrorPage } from './error-page.tsx';
import { BareErrorPage, Layout } from './layout.tsx';
import { NotFoundPage } from './not-found-page.tsx';
import type { PageHandle } from './prefetch-pages.ts';

/** What a page's module exports. A loader only starts requests: the page itself shows how they fare. */
interface PageModule {
  Component: ComponentType;
  loader?: (queryClient: QueryClient) => LoaderFunction;
}

const serverLayout = () => import('#web/server/server-layout.tsx');
const serverOverview = () => import('#web/server/overview.tsx');

/**
 * Every page of the dashboard. Each is a chunk of its own, and those of one address load side by side; the address of
 * each is in `contract/page-paths.ts`, for the server too, and built in `lib/paths.ts`.
 */
export function createRoutes(queryClient: QueryClient): RouteObject[] {
  const page = (load: () => Promise<PageModule>) => async () => {
    const { Component, loader } = await load();
    return loader === undefined ? { Component } : { Component, loader: loader(queryClient) };
  };
  return [
    {
      path: PAGES.signIn,
      ErrorBoundary: BareErrorPage,
      lazy: page(() => import('#web/session/sign-in-page.tsx')),
    },
    {
      path: PAGES.authorize,
      ErrorBoundary: BareErrorPage,
      lazy: page(() => import('#web/consent/consent-page.tsx')),
    },
    {
      path: PAGES.home,
      Component: Layout,
      ErrorBoundary: BareErrorPage,
      loader: () => queryClient.ensureQueryData(sessionQuery()),
      // The query keeps itself fresh; filters in the address are no reason to ask who is signed in.
      shouldRevalidate: () => false,
      children: [
        {
          ErrorBoundary: ErrorPage,
          children: [
            { index: true, loader: () => redirect(paths.servers()) },
            {
              path: PAGES.servers,
              loader: firstServers(queryClient),
              // Filters in the address are no first visit.
              shouldRevalidate: () => false,
              lazy: page(() => import('#web/server-list/server-list-page.tsx')),
              handle: { next: [serverLayout, serverOverview] } satisfies PageHandle,
            },
            {
              // One encoded segment: the name of a server may hold a slash, and its namespace alone is another's name.
              path: PAGES.server,
              lazy: page(serverLayout),
              // The tabs of its page, the overview first.
              children: [{ index: true, lazy: page(serverOverview) }],
            },
            { path: PAGES.clients, lazy: page(() => import('#web/clients/clients-page.tsx')) },
            { path: PAGES.activity, lazy: page(() => import('#web/activity/activity-page.tsx')) },
            { path: '*', Component: NotFoundPage },
          ],
        },
      ],
    },
  ];
}

// On a first visit the first servers and the counts come in one answer with the session: what is drawn first has them all,
// and nothing moves as they come. Any other visit waits for nothing.
function firstServers(client: QueryClient): LoaderFunction {
  return async ({ request }) => {
    if (client.getQueryData(sessionQuery().queryKey) !== undefined) return null;
    try {
      await client.ensureQueryData(sessionQuery());
    } catch {
      // The frame's own loader says so.
      return null;
    }
    const order = parseView(new URL(request.url).searchParams).order ?? USUAL_ORDER;
    await Promise.all([
      client.prefetchInfiniteQuery(ownedServersQuery(order)),
      client.prefetchQuery(serverCountsQuery()),
    ]);
    return null;
  };
}
