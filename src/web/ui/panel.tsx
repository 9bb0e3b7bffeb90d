import { type ReactNode, useId } from 'react';
import { classNames } from './class-names.ts';
import styles from './panel.module.css';

interface PanelProps {
  title: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
  /** `danger` borders what cannot be undone. */
  tone?: 'danger';
}

/** A part of a page under its own heading. */
export function Panel({ title, actions, children, tone }: PanelProps) {
  const id = useId();
  return (
    <section className={classNames(styles['panel'], tone && styles[tone])} aria-labelledby={id}>
      <div className={styles['head']}>
        <h2 id={id} className={styles['title']}>
          {title}
        </h2>
        {actions}
      </div>
      <div className={styles['body']}>{children}</div>
    </section>
  );
}
