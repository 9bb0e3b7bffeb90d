import { mutationOptions, queryOptions } from '@tanstack/react-query';
import {
  clientPaths,
  type ClientAnswer,
  type ClientRedirect,
  type ClientRequest,
  type ConnectedClientList,
} from '#contract/connected-clients.ts';
import { type ApiError, callApi } from '#web/api/calling/call-api.ts';

/** The clients that may call servers for this owner, the newest first. */
export const clientsQuery = () =>
  queryOptions({
    queryKey: ['clients'],
    queryFn: ({ signal }) => callApi<ConnectedClientList>(clientPaths.clients(), { signal }),
    staleTime: 15_000,
  });

/** Ends the access of the client of this id. */
export const endClientMutation = () =>
  mutationOptions<undefined, ApiError, string>({
    mutationKey: ['clients', 'end'],
    mutationFn: async (id) => callApi<undefined>(clientPaths.client(id), { method: 'DELETE' }),
    // Also after a refusal: it may have ended already.
    onSettled: async (_result, _error, _id, _context, { client }) =>
      client.invalidateQueries({ queryKey: clientsQuery().queryKey }),
  });

/** What a client asks for; fails with status 404 where it was answered or is too old. */
export const clientRequestQuery = (id: string) =>
  queryOptions({
    queryKey: ['client-request', id],
    queryFn: ({ signal }) => callApi<ClientRequest>(clientPaths.request(id), { signal }),
    staleTime: Infinity,
  });

/** Answers it. Returns where the browser takes the answer to. */
export const answerClientMutation = (id: string) =>
  mutationOptions<ClientRedirect, ApiError, ClientAnswer>({
    mutationKey: ['client-request', id, 'answer'],
    mutationFn: async (answer) =>
      callApi<ClientRedirect>(clientPaths.request(id), { method: 'POST', body: answer }),
    onSuccess: (_result, _answer, _context, { client }) =>
      client.invalidateQueries({ queryKey: clientsQuery().queryKey }),
  });
