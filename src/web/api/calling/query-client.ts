import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query';
import { ApiError } from './call-api.ts';

/**
 * The one query client. `onSignedOut` hears every 401, whichever query or mutation met it.
 *
 * Nothing is retried here: the gateway alone repeats reads. Nothing waits for a network either: the gateway may run
 * on this very machine, and what is queued while offline must never fire later.
 */
export function createQueryClient(onSignedOut: () => void): QueryClient {
  const onError = (error: Error) => {
    if (error instanceof ApiError && error.status === 401 && error.code === 'signed-out') onSignedOut();
  };
  return new QueryClient({
    queryCache: new QueryCache({ onError }),
    mutationCache: new MutationCache({ onError }),
    defaultOptions: {
      // What failed without a network is asked for again with one.
      queries: { retry: false, networkMode: 'always', refetchOnReconnect: true },
      mutations: { retry: false, networkMode: 'always' },
    },
  });
}
