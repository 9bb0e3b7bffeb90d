import type { QueryClient } from '@tanstack/react-query';
import type { DataRouter } from 'react-router';
import { sessionQuery } from '#web/api/session.ts';
import { paths } from '#web/lib/paths.ts';

/**
 * Goes to the sign-in page, from where one comes back to the page that met the end of the session. The cache is
 * kept until someone has signed in: the page still on screen must not ask again for what it shows.
 */
export function endSession(queryClient: QueryClient, router: DataRouter): void {
  const { pathname, search } = router.state.navigation.location ?? router.state.location;
  if (pathname === paths.signIn()) return;
  const ended = queryClient.getQueryData(sessionQuery().queryKey) !== undefined;
  void router.navigate(paths.signIn(pathname + search), { replace: true, state: { ended } });
}
