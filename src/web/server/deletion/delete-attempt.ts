import type { Operation } from '#contract/operations.ts';
import { ApiError } from '#web/api/calling/call-api.ts';
import { deleteServerMutation, type ServerIdentity } from '#web/api/changes/server-changes.ts';
import { operationOutcome } from '#web/components/outcomes/operation-outcome.ts';
import { type Change, type ChangePhase, useChange } from '#web/components/outcomes/use-change.ts';
import { paths } from '#web/lib/paths.ts';
import type { Toast } from '#web/ui/toast/toast-store.ts';
import { showToast } from '#web/ui/toast/toast.tsx';
import { type DeleteFailure, describeDeleteFailure } from './delete-failure.ts';

/** The server a dialog is about, as it was when the dialog opened. */
export interface DeleteTarget extends ServerIdentity {
  displayName: string;
  /** Null: it has no icon. */
  iconUrl: string | null;
  /** ISO 8601; null where it is unknown. */
  createdAt: string | null;
  /** Null where it is unknown. */
  useCount: number | null;
}

export interface DeleteAttempt extends Pick<Change<undefined>, 'secondsLeft' | 'check'> {
  /** `stopped`: the server shown is not there any more, another is. `done`: it is gone, the page is about to leave. */
  phase: ChangePhase | 'stopped';
  failure: DeleteFailure | undefined;
  send: () => void;
}

interface Callbacks {
  /** The server is gone and a toast has said so; called also after the dialog has closed. */
  onGone: () => void;
  /** Whether the dialog is still there to show a failure. */
  isShown: () => boolean;
}

/** One dialog's attempts to delete its server. What has no place in the dialog is said by a toast. */
export function useDeleteAttempt(target: DeleteTarget, { onGone, isShown }: Callbacks): DeleteAttempt {
  const { qualifiedName } = target;
  const leave = (operation: Operation) => {
    showOutcome(operation);
    onGone();
  };
  const fail = (error: Error) => {
    if (error instanceof ApiError && error.status === 404 && error.operation !== null) {
      const message = `${qualifiedName} was not deleted`;
      showNotFound({ message, name: qualifiedName, isSaidElsewhere: isShown() }, error.message);
    }
    if (!isShown()) showFailure(describeDeleteFailure(error, qualifiedName), qualifiedName);
  };
  const { phase, error, secondsLeft, send, check } = useChange(deleteServerMutation(target, leave), fail);
  const failure = error === null ? undefined : describeDeleteFailure(error, qualifiedName);
  return {
    phase: phase === 'ready' && failure?.next === 'stop' ? 'stopped' : phase,
    failure,
    secondsLeft,
    send: () => send(undefined),
    check,
  };
}

function showOutcome(operation: Operation): void {
  const { state, finding, status, target, message, requestId } = operation;
  if (finding === 'confirmed') showToast({ tone: 'success', message: `Deleted ${target}`, name: target });
  else if (state === 'applied') {
    const words = `${target} is gone, very probably by this delete`;
    showToast({ tone: 'success', message: words, name: target, requestId });
  } else {
    const words = finding === 'nowhere' ? `${target} no longer exists` : `There is no server ${target} now`;
    const said = { message: words, name: target, requestId };
    if (status === 404) showNotFound(said, message);
    else showToast({ ...said, tone: 'warning', detail: operationOutcome(operation).meaning });
  }
}

// The registry's 404 means "gone" or "not yours"; its words are shown as they are, what it means is the message.
function showNotFound(toast: Omit<Toast, 'tone' | 'detail'>, words: string | null): void {
  showToast({ ...toast, tone: 'warning', detail: `404: ${words ?? 'Server not found'}` });
}

// The dialog that would have shown it was closed, or its page left.
function showFailure({ title, requestId }: DeleteFailure, name: string): void {
  showToast({
    tone: 'danger',
    message: title,
    name,
    requestId,
    action: { label: 'Activity', href: paths.activity() },
  });
}
