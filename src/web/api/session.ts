import { mutationOptions, queryOptions } from '@tanstack/react-query';
import { gatewayPaths } from '#contract/api-paths.ts';
import type { RegistryInfo, SessionInfo } from '#contract/session.ts';
import { type ApiError, callApi } from './call-api.ts';

/** Who is signed in: the registry and the owner's namespaces. Fails with status 401 where nobody is. */
export const sessionQuery = () =>
  queryOptions({
    queryKey: ['session'],
    queryFn: ({ signal }) => callApi<SessionInfo>(gatewayPaths.session(), { signal }),
    staleTime: 60_000,
  });

/** The registry that this desk manages; known to those who are not signed in. */
export const registryQuery = () =>
  queryOptions({
    queryKey: ['registry'],
    queryFn: ({ signal }) => callApi<RegistryInfo>(gatewayPaths.registry(), { signal }),
    staleTime: Infinity,
  });

/** An API key of the registry, or the code of a one-time sign-in link. */
export type Credentials = { apiKey: string } | { code: string };

/** Signs in. What another person's session left in memory is gone with it. */
export const signInMutation = () =>
  mutationOptions<SessionInfo, ApiError, Credentials>({
    mutationKey: ['session', 'sign-in'],
    mutationFn: (credentials) =>
      callApi<SessionInfo>(gatewayPaths.session(), { method: 'POST', body: credentials }),
    onSuccess: (session, _credentials, _result, { client }) => {
      client.removeQueries();
      client.setQueryData(sessionQuery().queryKey, session);
    },
  });

/** Ends the session at the gateway. */
export const signOutMutation = () =>
  mutationOptions({
    mutationKey: ['session', 'sign-out'],
    mutationFn: () => callApi<undefined>(gatewayPaths.session(), { method: 'DELETE' }),
  });
