import type { ReactNode } from 'react';
import styles from './message-page.module.css';

interface MessagePageProps {
  title: string;
  children: ReactNode;
  actions: ReactNode;
}

/** A page that has only one thing to say, and a way on from it. */
export function MessagePage({ title, children, actions }: MessagePageProps) {
  return (
    <div className={styles['page']}>
      <h1 className={styles['title']} tabIndex={-1}>
        {title}
      </h1>
      <div className={styles['text']}>{children}</div>
      <div className={styles['actions']}>{actions}</div>
    </div>
  );
}
