import { type RefObject, useId, useMemo, useRef } from 'react';
import { ApiError } from '#web/api/calling/call-api.ts';
import { ActingAs } from '#web/components/who/acting-as.tsx';
import { ConfirmByName, type ConfirmState } from '#web/components/confirm-by-name/confirm-by-name.tsx';
import { QualifiedName } from '#web/components/server-marks/qualified-name.tsx';
import { useOnline } from '#web/ui/online.ts';
import { type DeleteAttempt, type DeleteTarget, useDeleteAttempt } from './delete-attempt.ts';
import { DeleteConsequences } from './delete-consequences.tsx';
import { describeDeleteFailure } from './delete-failure.ts';
import { DeleteServerCard } from './delete-server-card.tsx';
import { DeleteFailureNotice, DeleteStatus } from './delete-status.tsx';

// What the gateway would answer: it is asked to delete the server of the id that this dialog is about, and no other.
const REPLACED = new ApiError('Another server has this name.', { status: 409, code: 'server-changed' });

interface DeleteDialogProps {
  target: DeleteTarget;
  /** The server as the page has it now: the same one with newer numbers, or another of its name. */
  current: DeleteTarget;
  onClose: () => void;
  /** The server is gone; called also after the dialog has closed. */
  onGone: () => void;
  /** Takes the focus when the dialog closes. */
  returnFocus: RefObject<HTMLElement | null>;
}

/** Asks for the server's name and deletes it. Everything typed or failed lives as long as the dialog is mounted. */
export function DeleteDialog({ target, current, onClose, onGone, returnFocus }: DeleteDialogProps) {
  const { qualifiedName } = target;
  const form = useRef<HTMLFormElement>(null);
  const online = useOnline();
  const id = useId();
  const ids = useMemo(() => ({ verdict: `${id}-verdict`, calls: `${id}-calls`, live: `${id}-live` }), [id]);
  const attempt = useDeleteAttempt(target, { onGone, isShown: () => form.current !== null });
  const { phase } = attempt;
  const isSame = current.serverId === target.serverId;
  const isReplaced = !isSame && current.serverId !== null && target.serverId !== null && phase === 'ready';
  // Being offline, or an attempt still under way, comes before what came of the last one.
  const lastFailure = phase === 'unknown' || (online && phase !== 'busy') ? attempt.failure : undefined;
  const failure = isReplaced ? describeDeleteFailure(REPLACED, qualifiedName) : lastFailure;

  return (
    <ConfirmByName
      title={
        <>
          Delete <QualifiedName name={qualifiedName} />?
        </>
      }
      description="The server and everything listed here is deleted for good. This cannot be undone."
      describedBy={Object.values(ids).join(' ')}
      name={qualifiedName}
      instruction="Type the name to delete the server."
      confirm="Delete server permanently"
      cancel="Cancel, keep server"
      state={isReplaced ? states.stopped : confirmState(attempt, online)}
      status={<DeleteStatus phase={phase} online={online} />}
      failure={failure && <DeleteFailureNotice failure={failure} secondsLeft={attempt.secondsLeft} />}
      onConfirm={attempt.send}
      onClose={onClose}
      returnFocus={returnFocus}
      ref={form}
    >
      <ActingAs />
      <DeleteServerCard target={isSame ? current : target} />
      <DeleteConsequences qualifiedName={qualifiedName} ids={ids} />
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
