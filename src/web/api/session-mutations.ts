import { mutationOptions, type QueryClient } from '@tanstack/react-query';
import { gatewayPaths } from '#contract/api-paths.ts';
import type { SessionInfo } from '#contract/session.ts';
import { type ApiError, callApi } from './call-api.ts';
import { sessionQuery } from './session.ts';

/** An API key of the registry, or the code of a one-time sign-in link. */
export type Credentials = { apiKey: string } | { code: string };

/** Signs in. What another person's session left in memory is gone with it. */
export const signInMutation = (queryClient: QueryClient) =>
  mutationOptions<SessionInfo, ApiError, Credentials>({
    mutationKey: ['session', 'sign-in'],
    mutationFn: (credentials) =>
      callApi<SessionInfo>(gatewayPaths.session(), { method: 'POST', body: credentials }),
    onSuccess: (session) => {
      queryClient.removeQueries();
      queryClient.setQueryData(sessionQuery().queryKey, session);
    },
  });

/** Ends the session at the gateway. */
export const signOutMutation = () =>
  mutationOptions({
    mutationKey: ['session', 'sign-out'],
    mutationFn: () => callApi<undefined>(gatewayPaths.session(), { method: 'DELETE' }),
  });
