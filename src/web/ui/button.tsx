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

interface ButtonProps extends ComponentProps<'button'>, ButtonLook {
  /** Shows a spinner and ignores clicks, without losing the focus as a disabled button would. */
  pending?: boolean;
}

/** The class of a button, for links that look like one. */
export function buttonClass({ variant = 'default', size = 'md', iconOnly = false }: ButtonLook): string {
  return classNames(styles['button'], styles[variant], styles[size], iconOnly && styles['iconOnly']);
}

export function Button({
  variant = 'default',
  size = 'md',
  iconOnly = false,
  pending = false,
  type = 'button',
  className,
  children,
  onClick,
  ...rest
}: ButtonProps) {
  return (
    <button
      {...rest}
      type={type}
      className={classNames(buttonClass({ variant, size, iconOnly }), className)}
      aria-disabled={pending || rest['aria-disabled']}
      onClick={pending ? ignoreClick : onClick}
    >
      {pending && <LoaderCircle className={styles['spinner']} size={16} aria-hidden />}
      {children}
    </button>
  );
}

function ignoreClick(event: MouseEvent): void {
  event.preventDefault();
}
