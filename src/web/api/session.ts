import { mutationOptions, queryOptions } from '@tanstack/react-query';
import { gatewayPaths } from '#contract/api-paths.ts';
import type { RegistryInfo, SessionInfo } from '#contract/session.ts';
import { ApiError, callApi } from './call-api.ts';
import { forgetPageSecret, makePageSecret } from './page-secret.ts';

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

const NO_COOKIE =
  'This browser kept no cookie of this address, so it cannot stay signed in. Allow cookies for it, then sign in again; ' +
  'a sign-in link works once, so use a new one or an API key.';

/** Signs in. What another person's session left in memory is gone with it. */
export const signInMutation = () =>
  mutationOptions<SessionInfo, ApiError, Credentials>({
    mutationKey: ['session', 'sign-in'],
    mutationFn: async (credentials) => {
      makePageSecret();
      const session = await callApi<SessionInfo>(gatewayPaths.session(), {
        method: 'POST',
        body: credentials,
      });
      if (await isSignedIn()) return session;
      // WebKit keeps no secure cookie over http, not even from this very machine.
      if (window.location.protocol === 'http:') {
        await callApi<SessionInfo>(gatewayPaths.plainSession(), { method: 'POST' });
        if (await isSignedIn()) return session;
      }
      throw new ApiError(NO_COOKIE, { status: 0, code: 'no-cookie' });
    },
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
    onSuccess: forgetPageSecret,
  });

// True also where that cannot be found out now: the next page will.
async function isSignedIn(): Promise<boolean> {
  try {
    await callApi<SessionInfo>(gatewayPaths.session());
    return true;
  } catch (error) {
    return !(error instanceof ApiError && error.code === 'signed-out');
  }
}
