import type { LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import styles from './badge.module.css';
import { classNames } from './class-names.ts';

export type Tone = 'success' | 'danger' | 'warning' | 'neutral' | 'accent';

interface BadgeProps {
  tone: Tone;
  icon: LucideIcon;
  children: ReactNode;
  title?: string;
}

/** A state in one word: never by colour alone. */
export function Badge({ tone, icon: Icon, children, title }: BadgeProps) {
  return (
    <span className={classNames(styles['badge'], styles[tone])} title={title}>
      <Icon size={14} aria-hidden />
      {children}
    </span>
  );
}
