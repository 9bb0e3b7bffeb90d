import type { LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import styles from './empty-state.module.css';

interface EmptyStateProps {
  icon: LucideIcon;
  title: string;
  /** Why there is nothing, or what will be here. */
  children: ReactNode;
  /** The way on: a button, or what to do elsewhere. */
  action?: ReactNode;
}

/** Stands where a list would be that has nothing to show. */
export function EmptyState({ icon: Icon, title, children, action }: EmptyStateProps) {
  return (
    <div className={styles['empty']}>
      <span className={styles['icon']}>
        <Icon size={20} aria-hidden />
      </span>
      <div className={styles['words']}>
        <h2 className={styles['title']}>{title}</h2>
        <p className={styles['text']}>{children}</p>
      </div>
      {action}
    </div>
  );
}
