import { type KeyboardEvent, type Ref, useState } from 'react';
import { classNames } from '#web/ui/class-names.ts';
import { CopyButton } from '#web/ui/copy-button.tsx';
import { Field } from '#web/ui/field.tsx';
import styles from './delete-confirm-field.module.css';
import { confirms, explainNearMiss } from './delete-confirmation.ts';

interface DeleteConfirmFieldProps {
  qualifiedName: string;
  value: string;
  onChange: (value: string) => void;
  /** The text stays as it is while a delete is under way. */
  locked: boolean;
  /** Keeps room for a line of explanation, so that the buttons stay where they are when it comes. */
  hasRoom: boolean;
  inputRef: Ref<HTMLInputElement>;
}

/** Where the server's name is typed. Says why a text that looks right is not. */
export function DeleteConfirmField({
  qualifiedName,
  value,
  onChange,
  locked,
  hasRoom,
  inputRef,
}: DeleteConfirmFieldProps) {
  const [refused, setRefused] = useState(false);
  const nearMiss = explainNearMiss(value, qualifiedName);
  const mismatch =
    value.trim() === ''
      ? 'Type the name to delete the server.'
      : 'This does not match the name of the server.';

  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>) => {
    if (event.key !== 'Enter') return;
    // Enter that ends an input method's composition chooses a word. Safari says so by the old key code alone.
    const { isComposing, keyCode } = event.nativeEvent;
    if (isComposing || keyCode === 229) event.preventDefault();
    else if (!confirms(value, qualifiedName)) {
      event.preventDefault();
      setRefused(true);
    }
  };

  return (
    <div className={classNames(styles['confirm'], hasRoom && styles['room'])}>
      <Field
        label={
          <>
            Type <bdi className={styles['name']}>{qualifiedName}</bdi> to confirm
          </>
        }
        ref={inputRef}
        name="touchmark-confirmation"
        value={value}
        onChange={(event) => {
          setRefused(false);
          onChange(event.target.value);
        }}
        onKeyDown={onKeyDown}
        error={nearMiss ?? (refused ? mismatch : undefined)}
        // Not `disabled`, which would drop the focus on the page behind.
        readOnly={locked}
        aria-disabled={locked}
        autoComplete="off"
        autoCapitalize="none"
        autoCorrect="off"
        spellCheck={false}
        data-1p-ignore=""
        data-lpignore="true"
        data-bwignore=""
        enterKeyHint="done"
      />
      <span className={styles['copy']}>
        <CopyButton text={qualifiedName} label="Copy the name" />
      </span>
    </div>
  );
}
