import {
  type MutationKey,
  useIsMutating,
  useMutation,
  type UseMutationOptions,
  useQueryClient,
} from '@tanstack/react-query';
import { useRef, useState, useSyncExternalStore } from 'react';
import type { Operation } from '#contract/operations.ts';
import { ApiError } from '#web/api/calling/call-api.ts';
import { type ChangeRequest, newOperationId } from '#web/api/changes/operations.ts';

/**
 * Where a change stands. `busy`: an earlier one under the same key, begun elsewhere, is not over. `checking`: sent,
 * outcome not known yet. `unknown`: nobody could find out. After a refusal it is `ready` again.
 */
export type ChangePhase = 'ready' | 'busy' | 'sending' | 'checking' | 'unknown' | 'done';

export interface Change<Input> {
  phase: ChangePhase;
  error: Error | null;
  /** Seconds to wait before trying again; 0: none. */
  secondsLeft: number;
  /** Sends it as a new operation. Does nothing while one under the same key is under way. */
  send: (input: Input) => void;
  /** Asks once more what became of what was sent. */
  check: () => void;
}

type ChangeOptions<Input> = UseMutationOptions<Operation, Error, ChangeRequest<Input>> & {
  /** Changes of the same key happen one at a time. */
  mutationKey: MutationKey;
};

/**
 * The one way a page runs a change through the ledger: each try after a refusal is a new operation, each check the
 * same one. `onFailure` hears a failure also after the component has gone.
 */
export function useChange<Input = undefined>(
  options: ChangeOptions<Input>,
  onFailure: (error: Error) => void,
): Change<Input> {
  const client = useQueryClient();
  const underWay = { mutationKey: options.mutationKey };
  const mutation = useMutation(options);
  const isUnderWay = useIsMutating(underWay) > 0;
  // Nothing shows it: drawing the component anew would only put the request off.
  const last = useRef<{ operationId: string; input: Input }>(undefined);
  const [isChecking, setChecking] = useState(false);
  const [retryAt, setRetryAt] = useState<number | null>(null);
  const secondsLeft = useSecondsUntil(retryAt);

  const run = (step: ChangeRequest['step'], request: { operationId: string; input: Input }) => {
    // Two clicks can arrive before the first is rendered; the mutation cache knows at once.
    if (client.isMutating(underWay) > 0) return;
    last.current = request;
    setChecking(false);
    setRetryAt(null);
    const fail = (error: Error) => {
      if (error instanceof ApiError && error.retryAfterSeconds !== null) {
        setRetryAt(Date.now() + error.retryAfterSeconds * 1000);
      }
      onFailure(error);
    };
    void mutation.mutateAsync({ ...request, step, onChecking: () => setChecking(true) }).catch(fail);
  };

  return {
    phase: phaseOf(mutation, isChecking, isUnderWay),
    error: mutation.error,
    secondsLeft,
    send: (input) => run('send', { operationId: newOperationId(), input }),
    check: () => {
      if (last.current !== undefined) run('check', last.current);
    },
  };
}

interface Attempt {
  status: 'idle' | 'pending' | 'error' | 'success';
  error: Error | null;
}

function phaseOf({ status, error }: Attempt, isChecking: boolean, isUnderWay: boolean): ChangePhase {
  if (status === 'success') return 'done';
  if (status === 'pending') return isChecking ? 'checking' : 'sending';
  if (isUnderWay) return 'busy';
  return error !== null && isOpen(error) ? 'unknown' : 'ready';
}

// After an error of this page's own, what was sent may have happened all the same.
function isOpen(error: Error): boolean {
  return !(error instanceof ApiError) || error.code === 'outcome-unknown';
}

/** Whole seconds left until a time (milliseconds since 1970), counting down by itself; 0 where there is none. */
function useSecondsUntil(time: number | null): number {
  return useSyncExternalStore(subscribeToClock, () =>
    time === null ? 0 : Math.max(0, Math.ceil((time - Date.now()) / 1000)),
  );
}

function subscribeToClock(onTick: () => void): () => void {
  const timer = setInterval(onTick, 250);
  return () => clearInterval(timer);
}
