import * as AlertDialog from '@radix-ui/react-alert-dialog';
import { type MouseEvent, type RefObject, type SubmitEvent, useRef, useState } from 'react';
import { Button } from '#web/ui/button.tsx';
import { useScrollLock } from '#web/ui/scroll-lock.ts';
import { classNames } from '#web/ui/class-names.ts';
import { type DeleteTarget, useDeleteAttempt } from './delete-attempt.ts';
import { DeleteConfirmField } from './delete-confirm-field.tsx';
import { confirms } from './delete-confirmation.ts';
import { DeleteConsequences } from './delete-consequences.tsx';
import { useKeyboardHeight, useOnline } from './delete-environment.ts';
import { DeleteServerCard } from './delete-server-card.tsx';
import styles from './delete-dialog.module.css';
import { DeleteStatus } from './delete-status.tsx';

interface DeleteDialogProps {
  target: DeleteTarget;
  onClose: () => void;
  /** The server is gone; called also after the dialog has closed. */
  onGone: () => void;
  /** Takes the focus when the dialog closes. */
  returnFocus: RefObject<HTMLElement | null>;
}

const submitLabels = {
  ready: 'Delete server permanently',
  busy: 'Delete server permanently',
  sending: 'Deleting…',
  checking: 'Checking…',
  unknown: 'Check again',
  stopped: 'Close',
  done: 'Deleted',
} as const;

const submitVariants = {
  ready: 'danger',
  busy: 'danger',
  sending: 'danger',
  checking: 'default',
  unknown: 'primary',
  stopped: 'primary',
  done: 'danger',
} as const;

// A press beside the dialog would take the focus off its field and put it nowhere.
const keepFocus = (event: MouseEvent) => event.preventDefault();

const aboveKeyboard = (height: number) => ({ bottom: height, maxHeight: `calc(100dvh - ${height + 24}px)` });

/** Asks for the server's name and deletes it. Everything typed or failed lives as long as the dialog is mounted. */
export function DeleteDialog({ target, onClose, onGone, returnFocus }: DeleteDialogProps) {
  useScrollLock();
  const [typed, setTyped] = useState('');
  const input = useRef<HTMLInputElement>(null);
  const form = useRef<HTMLFormElement>(null);
  const online = useOnline();
  const keyboardHeight = useKeyboardHeight();
  const attempt = useDeleteAttempt(target, { onGone, isShown: () => form.current !== null });
  const { phase, secondsLeft } = attempt;
  const isReady = phase === 'ready';
  const isLocked = phase === 'sending' || phase === 'done';
  const isMatch = confirms(typed, target.qualifiedName);
  const mustWait = phase === 'busy' || (isReady && (secondsLeft > 0 || !online));

  const onSubmit = (event: SubmitEvent) => {
    event.preventDefault();
    if (phase === 'stopped') onClose();
    else if (phase === 'unknown') attempt.check();
    else if (isReady && isMatch && !mustWait) attempt.send();
  };

  return (
    <AlertDialog.Root open onOpenChange={(open) => !open && !isLocked && onClose()}>
      <AlertDialog.Portal>
        {/* Not Radix's overlay: its scroll lock writes a style element, which the page's security policy forbids. */}
        <div className={styles['overlay']} role="presentation" onMouseDown={keepFocus} />
        <AlertDialog.Content
          className={classNames(styles['dialog'], keyboardHeight > 0 && styles['aboveKeyboard'])}
          style={keyboardHeight > 0 ? aboveKeyboard(keyboardHeight) : undefined}
          onOpenAutoFocus={(event) => {
            event.preventDefault();
            input.current?.focus();
          }}
          onCloseAutoFocus={(event) => {
            event.preventDefault();
            returnFocus.current?.focus();
          }}
        >
          <div className={styles['head']}>
            <AlertDialog.Title className={styles['title']}>
              Delete <bdi>{target.qualifiedName}</bdi>?
            </AlertDialog.Title>
            <AlertDialog.Description className={styles['description']}>
              The server and everything listed here is deleted for good. This cannot be undone.
            </AlertDialog.Description>
          </div>
          <div className={styles['facts']}>
            <DeleteServerCard target={target} />
            <DeleteConsequences qualifiedName={target.qualifiedName} />
          </div>
          <form ref={form} className={styles['form']} onSubmit={onSubmit} noValidate>
            <DeleteConfirmField
              qualifiedName={target.qualifiedName}
              value={typed}
              onChange={setTyped}
              locked={!isReady}
              hasRoom={isReady && attempt.failure === undefined && online}
              inputRef={input}
            />
            <DeleteStatus attempt={attempt} online={online} />
            <div className={styles['buttons']}>
              {phase !== 'stopped' && (
                <Button onClick={onClose} disabled={isLocked}>
                  {isReady || isLocked || phase === 'busy' ? 'Cancel, keep server' : 'Close'}
                </Button>
              )}
              <Button
                type="submit"
                variant={submitVariants[phase]}
                className={mustWait ? styles['waiting'] : undefined}
                disabled={isReady && !isMatch}
                // Keeps the focus, which a disabled button would drop on the page behind.
                aria-disabled={mustWait || undefined}
                pending={phase === 'sending' || phase === 'checking' || phase === 'done'}
              >
                {submitLabels[phase]}
              </Button>
            </div>
          </form>
        </AlertDialog.Content>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}
