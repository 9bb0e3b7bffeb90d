import { type ReactNode, type Ref, type RefObject, useRef, useState } from 'react';
import { Button, buttonClass } from '#web/ui/button.tsx';
import { classNames } from '#web/ui/class-names.ts';
import { Dialog } from '#web/ui/dialog/dialog.tsx';
import styles from './confirm-by-name.module.css';
import { ConfirmNameField } from './confirm-name-field.tsx';
import { confirms } from './name-confirmation.ts';

/** Where the act stands. */
export type ConfirmState =
  /** The name can be typed, and once it matches the act confirmed. */
  | { kind: 'ready' }
  /** The act has to wait. `isTypable`: the name need not. */
  | { kind: 'waiting'; isTypable: boolean }
  /** Under way, in a word on the button. `isLocked`: until it ends the dialog cannot be closed either. */
  | { kind: 'pending'; words: string; isLocked: boolean }
  /** Nothing is left to confirm: what else can be done, or only closing. */
  | { kind: 'over'; action?: { words: string; run: () => void } };

interface ConfirmByNameProps {
  title: ReactNode;
  description: ReactNode;
  /** Ids of those facts that are read out with the description. */
  describedBy?: string;
  /** What has to be typed. Empty, as one that is not known yet, it never matches. */
  name: string;
  /** Said where Enter is pressed with nothing typed: "Type the name to delete the server." */
  instruction: string;
  /** The button of the act, in a verb and its object. */
  confirm: string;
  /** The button that leaves everything as it is. */
  cancel: string;
  state: ConfirmState;
  /** What is going on or stands in the way; announced politely. */
  status?: ReactNode;
  /** Why the last try failed, as an alert. */
  failure?: ReactNode;
  /** Facts about what is confirmed. */
  children?: ReactNode;
  onConfirm: () => void;
  onClose: () => void;
  /** Takes the focus when the dialog closes. */
  returnFocus: RefObject<HTMLElement | null>;
  ref?: Ref<HTMLFormElement>;
}

/** Asks for a name to be typed before an act that cannot be undone. The text lives as long as this is mounted. */
export function ConfirmByName({
  title,
  description,
  describedBy,
  name,
  instruction,
  confirm,
  cancel,
  state,
  status,
  failure,
  children,
  onConfirm,
  onClose,
  returnFocus,
  ref,
}: ConfirmByNameProps) {
  const [typed, setTyped] = useState('');
  const input = useRef<HTMLInputElement>(null);
  const isMatch = confirms(typed, name);
  const isLocked = state.kind === 'pending' && state.isLocked;
  const isTypable = state.kind === 'ready' || (state.kind === 'waiting' && state.isTypable);

  const submit = () => {
    if (state.kind === 'over') (state.action?.run ?? onClose)();
    else if (state.kind === 'ready' && isMatch) onConfirm();
  };

  return (
    <Dialog
      title={title}
      description={description}
      describedBy={describedBy}
      footer={
        <div>
          <ConfirmNameField
            name={name}
            instruction={instruction}
            value={typed}
            onChange={setTyped}
            isLocked={!isTypable}
            hasRoom={(state.kind === 'ready' || isLocked) && failure === undefined}
            inputRef={input}
          />
          <div className={styles['status']} aria-live="polite">
            {status}
          </div>
          {failure !== undefined && <div className={styles['failure']}>{failure}</div>}
        </div>
      }
      buttons={
        <>
          <CancelButton words={cancel} state={state} onClose={onClose} />
          <span className={styles['slot']}>
            <ConfirmButton words={confirm} state={state} isUnarmed={isTypable && !isMatch} />
            <span className={classNames(buttonClass({}), styles['sizer'])} aria-hidden>
              {confirm}
            </span>
          </span>
        </>
      }
      onSubmit={submit}
      onClose={onClose}
      isLocked={isLocked}
      initialFocus={input}
      returnFocus={returnFocus}
      ref={ref}
    >
      {children}
    </Dialog>
  );
}

interface CancelButtonProps {
  words: string;
  state: ConfirmState;
  onClose: () => void;
}

function CancelButton({ words, state, onClose }: CancelButtonProps) {
  if (state.kind === 'over' && state.action === undefined) return null;
  const isLocked = state.kind === 'pending' && state.isLocked;
  // Once the act is on its way, closing no longer cancels it.
  const mayCancel = state.kind === 'ready' || state.kind === 'waiting' || isLocked;
  return (
    <Button onClick={onClose} disabled={isLocked}>
      {mayCancel ? words : 'Close'}
    </Button>
  );
}

interface ConfirmButtonProps {
  words: string;
  state: ConfirmState;
  isUnarmed: boolean;
}

function ConfirmButton({ words, state, isUnarmed }: ConfirmButtonProps) {
  if (state.kind === 'over') {
    return (
      <Button type="submit" variant="primary">
        {state.action?.words ?? 'Close'}
      </Button>
    );
  }
  if (state.kind === 'pending') {
    return (
      <Button type="submit" variant={state.isLocked ? 'danger' : 'default'} pending>
        {state.words}
      </Button>
    );
  }
  return (
    <Button type="submit" variant="danger" disabled={isUnarmed} waiting={state.kind === 'waiting'}>
      {words}
    </Button>
  );
}
