import { type RefObject, useRef } from 'react';
import { ConfirmByName, type ConfirmState } from '#web/components/confirm-by-name.tsx';
import { useOnline } from '#web/ui/online.ts';
import { type DeleteAttempt, type DeleteTarget, useDeleteAttempt } from './delete-attempt.ts';
import { DeleteConsequences } from './delete-consequences.tsx';
import { DeleteServerCard } from './delete-server-card.tsx';
import { DeleteFailureNotice, DeleteStatus } from './delete-status.tsx';

interface DeleteDialogProps {
  target: DeleteTarget;
  onClose: () => void;
  /** The server is gone; called also after the dialog has closed. */
  onGone: () => void;
  /** Takes the focus when the dialog closes. */
  returnFocus: RefObject<HTMLElement | null>;
}

/** Asks for the server's name and deletes it. Everything typed or failed lives as long as the dialog is mounted. */
export function DeleteDialog({ target, onClose, onGone, returnFocus }: DeleteDialogProps) {
  const { qualifiedName } = target;
  const form = useRef<HTMLFormElement>(null);
  const online = useOnline();
  const attempt = useDeleteAttempt(target, { onGone, isShown: () => form.current !== null });
  const { phase } = attempt;
  // Being offline, or an attempt still under way, comes before what came of the last one.
  const failure = phase === 'unknown' || (online && phase !== 'busy') ? attempt.failure : undefined;

  return (
    <ConfirmByName
      title={
        <>
          Delete <bdi>{qualifiedName}</bdi>?
        </>
      }
      description="The server and everything listed here is deleted for good. This cannot be undone."
      name={qualifiedName}
      instruction="Type the name to delete the server."
      confirm="Delete server permanently"
      cancel="Cancel, keep server"
      state={confirmState(attempt, online)}
      status={<DeleteStatus phase={phase} online={online} />}
      failure={failure && <DeleteFailureNotice failure={failure} secondsLeft={attempt.secondsLeft} />}
      onConfirm={attempt.send}
      onClose={onClose}
      returnFocus={returnFocus}
      ref={form}
    >
      <DeleteServerCard target={target} />
      <DeleteConsequences qualifiedName={qualifiedName} />
    </ConfirmByName>
  );
}

const pending = (words: string, isLocked: boolean): ConfirmState => ({ kind: 'pending', words, isLocked });

const states = {
  busy: { kind: 'waiting', isTypable: false },
  sending: pending('Deleting…', true),
  checking: pending('Checking…', false),
  stopped: { kind: 'over' },
  done: pending('Deleted', true),
} satisfies Partial<Record<DeleteAttempt['phase'], ConfirmState>>;

function confirmState({ phase, secondsLeft, check }: DeleteAttempt, online: boolean): ConfirmState {
  if (phase === 'unknown') return { kind: 'over', action: { words: 'Check again', run: check } };
  if (phase !== 'ready') return states[phase];
  return secondsLeft > 0 || !online ? { kind: 'waiting', isTypable: true } : { kind: 'ready' };
}
