import { type KeyboardEvent, type Ref, useState } from 'react';
import { classNames } from '#web/ui/class-names.ts';
import { CopyButton } from '#web/ui/copy-button.tsx';
import { Field } from '#web/ui/fields/field.tsx';
import styles from './confirm-name-field.module.css';
import { confirms, explainNearMiss } from './name-confirmation.ts';
import { QualifiedName } from '#web/components/server-marks/qualified-name.tsx';

interface ConfirmNameFieldProps {
  /** What has to be typed. */
  name: string;
  /** Said where Enter is pressed with nothing typed. */
  instruction: string;
  value: string;
  onChange: (value: string) => void;
  /** The text stays as it is while the act is under way. */
  isLocked: boolean;
  /** Keeps room for a line of explanation, so that the buttons stay where they are when it comes. */
  hasRoom: boolean;
  inputRef: Ref<HTMLInputElement>;
}

/** Where a name is typed to confirm an act on it. Says why a text that looks right is not. */
export function ConfirmNameField({
  name,
  instruction,
  value,
  onChange,
  isLocked,
  hasRoom,
  inputRef,
}: ConfirmNameFieldProps) {
  const [refused, setRefused] = useState(false);
  const mismatch = value.trim() === '' ? instruction : 'This does not match the name.';

  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>) => {
    if (event.key !== 'Enter') return;
    // Enter that ends an input method's composition chooses a word. Safari says so by the old key code alone.
    const { isComposing, keyCode } = event.nativeEvent;
    if (isComposing || keyCode === 229) event.preventDefault();
    else if (!confirms(value, name)) {
      event.preventDefault();
      setRefused(true);
    }
  };

  return (
    <div className={classNames(styles['confirm'], hasRoom && styles['room'])}>
      <Field
        label={
          <>
            Type <QualifiedName name={name} className={styles['name']} /> to confirm
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
        error={explainNearMiss(value, name) ?? (refused ? mismatch : undefined)}
        // Not `disabled`, which would drop the focus on the page behind.
        readOnly={isLocked}
        aria-disabled={isLocked}
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
        <CopyButton text={name} label="Copy the name" />
      </span>
    </div>
  );
}
