import { mutationOptions } from '@tanstack/react-query';
import { registryPaths } from '#contract/api-paths.ts';
import type { Operation } from '#contract/operations.ts';
import { ApiError } from '#web/api/calling/call-api.ts';
import { type ChangeRequest, runChange } from './operations.ts';
import { serverKeys } from '#web/api/server-cache/server-cache.ts';
import { sendChange, type ServerIdentity } from './server-changes.ts';

/** A release by its id. */
interface ReleaseIdentity {
  release: string;
}

/**
 * Lets a release of a server go on that waits for a sign-in. Resolves with the settled operation once it does, and the
 * releases have been asked for anew; `onResumed` is called before that.
 */
export const resumeReleaseMutation = (server: ServerIdentity, onResumed: () => void) =>
  mutationOptions<Operation, Error, ChangeRequest<ReleaseIdentity>>({
    mutationKey: serverKeys.resume(server.qualifiedName),
    mutationFn: (request) =>
      runChange(request, {
        send: async () => {
          const { operationId, input } = request;
          const path = registryPaths.resumeRelease(server.qualifiedName, input.release);
          return (await sendChange<{ operation: Operation }>(path, { method: 'POST', server, operationId }))
            .operation;
        },
        isDone: ({ state }) => state === 'applied',
      }),
    onSuccess: async (_operation, _request, _result, { client }) => {
      onResumed();
      const queryKey = serverKeys.part(server.qualifiedName, 'releases');
      await client.invalidateQueries({ queryKey, exact: true });
      // Their logs after that: they are not to be older than how they stand.
      const isLog = (query: { queryKey: readonly unknown[] }) => query.queryKey.length > queryKey.length;
      await client.invalidateQueries({ queryKey, predicate: isLog });
    },
    onError: (error, _request, _result, { client }) => {
      // Whatever it was refused for, this page may not show what the registry has.
      const isAboutServer = error instanceof ApiError && (error.operation?.finding ?? null) !== null;
      const { detail, part } = serverKeys;
      const queryKey = isAboutServer ? detail(server.qualifiedName) : part(server.qualifiedName, 'releases');
      void client.invalidateQueries({ queryKey });
    },
    retry: false,
    // Nothing is sent later by itself, with nobody there.
    networkMode: 'always',
  });
