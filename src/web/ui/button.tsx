import { LoaderCircle } from 'lucide-react';
import type { ComponentProps, MouseEvent } from 'react';
import styles from './button.module.css';
import { classNames } from './class-names.ts';

interface ButtonLook {
  variant?: 'primary' | 'default' | 'danger' | 'danger-outline' | 'ghost';
  size?: 'md' | 'sm';
  /** True for a square button that holds nothing but an icon: it needs an `aria-label`. */
  iconOnly?: boolean;
}

/** Both ignore clicks without losing the focus, as a disabled button would. */
type Hold =
  /** Its act is under way: shows a spinner. */
  | { pending?: boolean; waiting?: false }
  /** Its act has to wait: looks as if disabled. */
  | { pending?: false; waiting?: boolean };

type ButtonProps = Omit<ComponentProps<'button'>, 'className' | 'aria-disabled'> & ButtonLook & Hold;

/** The class of a button, for links that look like one. */
export function buttonClass({ variant = 'default', size = 'md', iconOnly = false }: ButtonLook): string {
  return classNames(styles['button'], styles[variant], styles[size], iconOnly && styles['iconOnly']);
}

export function Button({
  variant = 'default',
  size = 'md',
  iconOnly = false,
  pending = false,
  waiting = false,
  type = 'button',
  children,
  onClick,
  ...rest
}: ButtonProps) {
  return (
    <button
      {...rest}
      type={type}
      className={classNames(buttonClass({ variant, size, iconOnly }), waiting && styles['waiting'])}
      aria-disabled={pending || waiting || undefined}
      onClick={pending || waiting ? ignoreClick : onClick}
    >
      {pending && <LoaderCircle className={styles['spinner']} size={16} aria-hidden />}
      {children}
    </button>
  );
}

function ignoreClick(event: MouseEvent): void {
  event.preventDefault();
}
