import { mutationOptions } from '@tanstack/react-query';
import type { Operation } from '#contract/operations.ts';
import { ApiError } from './call-api.ts';
import type { Deletion } from './deletions.ts';
import { operationsClient } from './operations.ts';
import { registryClient } from './registry-client.ts';
import { showToast } from '#web/ui/toast.tsx';
import { dropServer, shareDeletion } from './deletion-effects.ts';
import { serverKeys } from './servers.ts';
import { followOperation, isUnclear, requireGone } from './delete-outcome.ts';

/** The server a dialog is about, as it was when the dialog opened. */
export interface DeleteTarget {
  qualifiedName: string;
  /** The registry's id; null where the list omits the server. */
  serverId: string | null;
  displayName: string;
  /** Where its icon is; undefined: it has none. */
  icon: string | undefined;
  /** ISO 8601; null where it is unknown. */
  createdAt: string | null;
  /** Null where it is unknown. */
  useCount: number | null;
}

export interface DeleteRequest {
  /** Names this one delete, so that it never runs twice. */
  operationId: string;
  /** `check` only asks what became of it: nothing is ever sent a second time. */
  step: 'send' | 'check';
  /** Called when the outcome is not known yet and is being looked for. */
  onChecking: () => void;
  /** Called once the server is gone, in the very turn that says so, that both are drawn at once. */
  onGone: () => void;
}

/** The key of a server's deletes; `isMutating` with it tells at once whether one is under way. */
export const deleteServerKey = (qualifiedName: string) => ['servers', 'delete', qualifiedName] as const;

/**
 * Deletes a server. Resolves with the settled operation where the server is gone; rejects with ApiError, whose
 * code is `outcome-unknown` where nobody could find out. Afterwards no list holds the server, other tabs know,
 * and a toast has said so; where to go then is left to `onGone`.
 */
export const deleteServerMutation = (target: DeleteTarget) =>
  mutationOptions<Operation, Error, DeleteRequest>({
    mutationKey: deleteServerKey(target.qualifiedName),
    mutationFn: (request) => (request.step === 'send' ? send(target, request) : check(request)),
    onSuccess: async (operation, { onGone }, _result, { client }) => {
      const deletion: Deletion = {
        operationId: operation.id,
        qualifiedName: target.qualifiedName,
        serverId: target.serverId,
        at: Date.now(),
        where: 'here',
      };
      try {
        await dropServer(client, deletion);
        shareDeletion(deletion);
      } catch (error) {
        // The server is gone whatever happens to this page's memory of it: that must not look like a failure.
        reportError(error);
      }
      showOutcome(operation);
      try {
        onGone();
      } catch (error) {
        reportError(error);
      }
    },
    onError: (error, _request, _result, { client }) => {
      if (!(error instanceof ApiError)) return;
      if (error.status === 404 && error.operation !== null) {
        showNotFound(`${target.qualifiedName} was not deleted`, error.message, null);
      }
      // What this page shows is not what the registry has: that is worth asking for anew.
      if (error.operation?.finding === 'recreated') {
        void client.invalidateQueries({ queryKey: serverKeys.detail(target.qualifiedName) });
        void client.invalidateQueries({ queryKey: serverKeys.lists });
      }
    },
    retry: false,
    // A delete waiting for the network would go off later, with nobody looking.
    networkMode: 'always',
  });

async function send(target: DeleteTarget, request: DeleteRequest): Promise<Operation> {
  if (!navigator.onLine) {
    throw new ApiError('You are offline. Nothing was sent.', { status: 0, code: 'offline' });
  }
  try {
    const { qualifiedName, serverId } = target;
    return (await registryClient.deleteServer(qualifiedName, request.operationId, serverId ?? undefined))
      .operation;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (isUnclear(error)) return follow(request);
    if (error.operation?.finding === 'gone') return error.operation;
    throw error;
  }
}

async function check(request: DeleteRequest): Promise<Operation> {
  request.onChecking();
  const operation = await operationsClient.check(request.operationId);
  return operation.checking ? follow(request) : requireGone(operation);
}

async function follow({ operationId, onChecking }: DeleteRequest): Promise<Operation> {
  onChecking();
  const operation = await followOperation({
    look: () => operationsClient.get(operationId),
    pause: () => new Promise((resolve) => setTimeout(resolve, 1000)),
  });
  return requireGone(operation);
}

function showOutcome(operation: Operation): void {
  if (operation.state === 'applied') {
    showToast({ tone: 'success', message: `Deleted ${operation.target}` });
    return;
  }
  showNotFound(`${operation.target} no longer exists`, operation.message, operation.requestId);
}

// The registry's 404 means "gone" or "not yours"; its words are shown as they are, what it means is the message.
function showNotFound(message: string, words: string | null, requestId: string | null): void {
  showToast({ tone: 'warning', message, detail: `404: ${words ?? 'Server not found'}`, requestId });
}
