import * as AlertDialog from '@radix-ui/react-alert-dialog';
import { type MouseEvent, type ReactNode, type Ref, type RefObject, type SubmitEvent, useId } from 'react';
import { classNames } from '#web/ui/class-names.ts';
import styles from './dialog.module.css';
import { useKeyboardHeight } from './keyboard-height.ts';
import { useScrollLock } from './scroll-lock.ts';

interface DialogProps {
  /** False for one that warns of nothing. */
  isAlert?: boolean;
  title: ReactNode;
  /** What the act does, in a sentence or two. */
  description: ReactNode;
  /** Ids of what else is read out with the description when the dialog opens. */
  describedBy?: string | undefined;
  /** What it is about. Scrolls away where height is short. */
  children?: ReactNode;
  /** What is filled in, and how it went: stays in sight, above the buttons. */
  footer?: ReactNode;
  /** At the right; one above the other on a phone, the last one uppermost. */
  buttons: ReactNode;
  onSubmit: () => void;
  onClose: () => void;
  /** Neither Escape nor anything else closes it. */
  isLocked?: boolean;
  /** Takes the focus when the dialog opens. */
  initialFocus: RefObject<HTMLElement | null>;
  /** Takes the focus when the dialog closes. */
  returnFocus: RefObject<HTMLElement | null>;
  ref?: Ref<HTMLFormElement> | undefined;
}

// A press beside the dialog would take the focus off its field and put it nowhere.
const keepFocus = (event: MouseEvent) => event.preventDefault();

const aboveKeyboard = (height: number) => ({
  bottom: height,
  maxHeight: `calc(100dvh - ${height + 24}px - var(--toasts-above, 0px))`,
});

/**
 * A form over the page, which must be answered before anything else. It is open for as long as it is mounted, so
 * what is typed into it lives exactly as long. On a phone it fills the width and stays above the keyboard.
 */
export function Dialog({
  isAlert = true,
  title,
  description,
  describedBy = '',
  children,
  footer,
  buttons,
  onSubmit,
  onClose,
  isLocked = false,
  initialFocus,
  returnFocus,
  ref,
}: DialogProps) {
  useScrollLock();
  const keyboardHeight = useKeyboardHeight();
  const descriptionId = useId();
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    onSubmit();
  };
  return (
    <AlertDialog.Root open onOpenChange={(open) => !open && !isLocked && onClose()}>
      <AlertDialog.Portal>
        {/* Not Radix's overlay: its scroll lock writes a style element, which the page's security policy forbids. */}
        <div className={styles['overlay']} role="presentation" onMouseDown={keepFocus} />
        <AlertDialog.Content
          aria-describedby={`${descriptionId} ${describedBy}`.trim()}
          role={isAlert ? 'alertdialog' : 'dialog'}
          className={classNames(styles['dialog'], keyboardHeight > 0 && styles['aboveKeyboard'])}
          style={keyboardHeight > 0 ? aboveKeyboard(keyboardHeight) : undefined}
          onOpenAutoFocus={(event) => {
            event.preventDefault();
            initialFocus.current?.focus();
          }}
          onCloseAutoFocus={(event) => {
            event.preventDefault();
            returnFocus.current?.focus();
          }}
        >
          <div className={styles['head']}>
            <AlertDialog.Title className={styles['title']}>{title}</AlertDialog.Title>
            <AlertDialog.Description id={descriptionId} className={styles['description']}>
              {description}
            </AlertDialog.Description>
          </div>
          <form ref={ref} onSubmit={submit} noValidate>
            {children !== undefined && <div className={styles['body']}>{children}</div>}
            <div className={styles['foot']}>
              {footer}
              <div className={styles['buttons']}>{buttons}</div>
            </div>
          </form>
        </AlertDialog.Content>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}
