import { CircleAlert } from 'lucide-react';
import { type ComponentProps, type ReactNode, useId } from 'react';
import { classNames } from '#web/ui/class-names.ts';
import styles from './field.module.css';

interface FieldProps extends Omit<ComponentProps<'input'>, 'id'> {
  label: ReactNode;
  /** Present: the field is invalid, and this says why. */
  error?: ReactNode;
  /** A small control at the end of the input, such as a show toggle. */
  end?: ReactNode;
}

/** A labelled input whose error is read with it. */
export function Field({ label, error, end, className, ...input }: FieldProps) {
  const id = useId();
  const errorId = `${id}-error`;
  const hasError = error !== undefined && error !== null && error !== false;
  const describedBy = [input['aria-describedby'], hasError && errorId].filter(Boolean);
  return (
    <div className={classNames(styles['field'], className)}>
      <label className={styles['label']} htmlFor={id}>
        {label}
      </label>
      <div className={styles['control']}>
        <input
          {...input}
          id={id}
          className={styles['input']}
          aria-describedby={describedBy.length > 0 ? describedBy.join(' ') : undefined}
          aria-invalid={hasError || input['aria-invalid'] || undefined}
        />
        {end !== undefined && <span className={styles['end']}>{end}</span>}
      </div>
      {hasError && (
        <p className={styles['error']} id={errorId} role="alert">
          <CircleAlert size={14} aria-hidden />
          <span>{error}</span>
        </p>
      )}
    </div>
  );
}
