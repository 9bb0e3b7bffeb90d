import { useIsMutating, useMutation, useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { ApiError } from '#web/api/call-api.ts';
import { newOperationId } from '#web/api/operations.ts';
import { paths } from '#web/lib/paths.ts';
import { showToast } from '#web/ui/toast.tsx';
import { type DeleteFailure, describeDeleteFailure } from './delete-failure.ts';
import {
  deleteServerKey,
  deleteServerMutation,
  type DeleteRequest,
  type DeleteTarget,
} from '#web/api/delete-server-mutation.ts';
import { useSecondsUntil } from './seconds-until.ts';

/**
 * Where a delete stands. `busy`: an earlier attempt at this server, whose dialog was closed, is still being looked
 * for. `checking`: sent, outcome not known yet. `unknown`: nobody could find out. `stopped`: the server shown is not
 * there any more, another is. `done`: it is gone, and the page is about to leave.
 */
type DeletePhase = 'ready' | 'busy' | 'sending' | 'checking' | 'unknown' | 'stopped' | 'done';

export interface DeleteAttempt {
  phase: DeletePhase;
  failure: DeleteFailure | undefined;
  /** Seconds to wait before trying again; 0: none. */
  secondsLeft: number;
  send: () => void;
  check: () => void;
}

interface Callbacks {
  /** The server is gone; called also after the dialog has closed. */
  onGone: () => void;
  /** Whether the dialog is still there to show a failure. */
  isShown: () => boolean;
}

/** One dialog's attempts to delete its server: each try after a refusal is a new operation, each check the same one. */
export function useDeleteAttempt(target: DeleteTarget, { onGone, isShown }: Callbacks): DeleteAttempt {
  const client = useQueryClient();
  const underWay = { mutationKey: deleteServerKey(target.qualifiedName) };
  const mutation = useMutation(deleteServerMutation(target));
  const pending = useIsMutating(underWay) > 0;
  // Nothing shows it: drawing the dialog anew would only put the request off.
  const operationId = useRef<string>(undefined);
  const [checking, setChecking] = useState(false);
  const [retryAt, setRetryAt] = useState<number | null>(null);
  const secondsLeft = useSecondsUntil(retryAt);
  const failure =
    mutation.error === null ? undefined : describeDeleteFailure(mutation.error, target.qualifiedName);

  const run = (step: DeleteRequest['step'], id: string) => {
    // Two clicks can arrive before the first is rendered; the mutation cache knows at once.
    if (client.isMutating(underWay) > 0) return;
    operationId.current = id;
    setChecking(false);
    setRetryAt(null);
    const fail = (error: Error) => {
      if (error instanceof ApiError && error.retryAfterSeconds !== null) {
        setRetryAt(Date.now() + error.retryAfterSeconds * 1000);
      }
      if (!isShown()) showFailure(describeDeleteFailure(error, target.qualifiedName));
    };
    void mutation
      .mutateAsync({ operationId: id, step, onChecking: () => setChecking(true), onGone })
      .catch(fail);
  };

  return {
    phase: phaseOf(mutation.status, { checking, pending, next: failure?.next }),
    failure,
    secondsLeft,
    send: () => run('send', newOperationId()),
    check: () => {
      if (operationId.current !== undefined) run('check', operationId.current);
    },
  };
}

interface Circumstances {
  checking: boolean;
  pending: boolean;
  next: DeleteFailure['next'] | undefined;
}

function phaseOf(
  status: 'idle' | 'pending' | 'error' | 'success',
  { checking, pending, next }: Circumstances,
): DeletePhase {
  if (status === 'success') return 'done';
  if (status === 'pending') return checking ? 'checking' : 'sending';
  if (pending) return 'busy';
  if (next === 'check') return 'unknown';
  return next === 'stop' ? 'stopped' : 'ready';
}

// The dialog that would have shown it was closed, or its page left.
function showFailure({ title, requestId }: DeleteFailure): void {
  showToast({
    tone: 'danger',
    message: title,
    requestId,
    action: { label: 'Activity', href: paths.activity() },
  });
}
