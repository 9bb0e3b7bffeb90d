import type { ReactNode } from 'react';
import styles from './page-header.module.css';

interface PageHeaderProps {
  title: ReactNode;
  icon?: ReactNode;
  /** One line under the heading. */
  detail?: ReactNode;
  actions?: ReactNode;
}

/** The head of a page. Its heading can take the focus, so that a page opened by a link is read from its start. */
export function PageHeader({ title, icon, detail, actions }: PageHeaderProps) {
  return (
    <header className={styles['header']}>
      {icon}
      <div className={styles['words']}>
        <h1 className={styles['title']} tabIndex={-1}>
          {title}
        </h1>
        {detail !== undefined && <div className={styles['detail']}>{detail}</div>}
      </div>
      {actions !== undefined && <div className={styles['actions']}>{actions}</div>}
    </header>
  );
}
