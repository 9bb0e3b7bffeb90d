import { queryOptions } from '@tanstack/react-query';
import { gatewayPaths } from '#contract/api-paths.ts';
import type { SessionInfo } from '#contract/session.ts';
import { callApi } from './call-api.ts';

/** Who is signed in: the registry and the owner's namespaces. Fails with status 401 where nobody is. */
export const sessionQuery = () =>
  queryOptions({
    queryKey: ['session'],
    queryFn: ({ signal }) => callApi<SessionInfo>(gatewayPaths.session(), { signal }),
    staleTime: 60_000,
  });
