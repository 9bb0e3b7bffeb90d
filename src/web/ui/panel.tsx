import { type ReactNode, useId } from 'react';
import { classNames } from './class-names.ts';
import styles from './panel.module.css';

interface PanelProps {
  title: ReactNode;
  children: ReactNode;
  /** `danger` borders what cannot be undone. */
  tone?: 'danger';
}

/** A part of a page under its own heading. */
export function Panel({ title, children, tone }: PanelProps) {
  const id = useId();
  return (
    <section className={classNames(styles['panel'], tone && styles[tone])} aria-labelledby={id}>
      <h2 id={id} className={styles['title']}>
        {title}
      </h2>
      <div className={styles['body']}>{children}</div>
    </section>
  );
}
