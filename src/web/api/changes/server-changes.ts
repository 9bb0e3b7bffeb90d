import { mutationOptions } from '@tanstack/react-query';
import {
  IDEMPOTENCY_KEY_HEADER,
  REGISTRY_PREFIX,
  registryPaths,
  SERVER_ID_HEADER,
} from '#contract/api-paths.ts';
import type { Operation, OperationFinding, ServerChangeAnswer } from '#contract/operations.ts';
import { ApiError, callApi } from '#web/api/calling/call-api.ts';
import { dropServer } from '#web/api/deletions.ts';
import { type Deletion, tellOtherTabs } from '#web/api/server-cache/known-deletions.ts';
import { type ChangeRequest, runChange } from './operations.ts';
import { serverKeys } from '#web/api/server-cache/server-cache.ts';

// What an owner changes of a server, apart from what is read of it: the list is shown without this code.

/** A server by its name, and by the registry's id, which one re-created under the name does not have. */
export interface ServerIdentity {
  qualifiedName: string;
  /** Null where the list omits the server. */
  serverId: string | null;
}

const foundOtherwise: ReadonlySet<OperationFinding> = new Set([
  'moved',
  'another-there',
  'uncompared',
  'recreated',
]);

/**
 * Deletes a server. Resolves with the settled operation where no server has the name any more. Afterwards no list holds it and
 * other tabs know; then `onGone` is called, in the very turn that says so and whatever has become of the dialog:
 * what it shows and where it goes are drawn at once.
 */
export const deleteServerMutation = (target: ServerIdentity, onGone: (operation: Operation) => void) =>
  mutationOptions<Operation, Error, ChangeRequest>({
    mutationKey: serverKeys.delete(target.qualifiedName),
    mutationFn: (request) =>
      runChange(request, {
        send: () => sendDelete(target, request.operationId),
        isDone: ({ state, finding }) => state === 'applied' || finding === 'nowhere' || finding === 'gone',
      }),
    onSuccess: async (operation, _request, _result, { client }) => {
      const { qualifiedName, serverId } = target;
      const at = Date.now();
      const deletion: Deletion = { operationId: operation.id, qualifiedName, serverId, at, where: 'here' };
      try {
        await dropServer(client, deletion);
        // What was gone before was not deleted here: other tabs find that out by themselves.
        if (operation.state === 'applied') tellOtherTabs(deletion);
      } catch (error) {
        // The server is gone whatever happens to this page's memory of it: that must not look like a failure.
        reportError(error);
      }
      try {
        onGone(operation);
      } catch (error) {
        reportError(error);
      }
    },
    onError: (error, _request, _result, { client }) => {
      // What this page shows is not what the registry has: that is worth asking for anew.
      const finding = error instanceof ApiError ? error.operation?.finding : null;
      if (finding === undefined || finding === null || !foundOtherwise.has(finding)) return;
      // Its page would be "not found", and take the dialog away that says where the server is.
      if (finding !== 'moved') {
        void client.invalidateQueries({ queryKey: serverKeys.detail(target.qualifiedName) });
      }
      void client.invalidateQueries({ queryKey: serverKeys.lists });
    },
    retry: false,
    // A delete waiting for the network would go off later, with nobody there.
    networkMode: 'always',
  });

// The same operation id never deletes twice, whatever re-sends it. Resolves only where the registry confirmed it.
async function sendDelete(server: ServerIdentity, operationId: string): Promise<Operation> {
  const path = registryPaths.server(server.qualifiedName);
  return (await sendChange<ServerChangeAnswer>(path, { method: 'DELETE', server, operationId })).operation;
}

interface SentChange {
  method: 'POST' | 'DELETE';
  /** What the owner was looking at. */
  server: ServerIdentity;
  operationId: string;
}

/** Sends a change of a server, at this path of the registry, through the gateway. Rejects with ApiError. */
export function sendChange<Answer>(
  path: string,
  { method, server: { serverId }, operationId }: SentChange,
): Promise<Answer> {
  return callApi<Answer>(REGISTRY_PREFIX + path, {
    method,
    headers: {
      [IDEMPOTENCY_KEY_HEADER]: operationId,
      ...(serverId === null ? {} : { [SERVER_ID_HEADER]: serverId }),
    },
    // The gateway gives up on the registry after 30 s and then answers.
    timeoutMs: 45_000,
  });
}
