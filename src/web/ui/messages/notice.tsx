import type { AriaRole, ReactNode } from 'react';
import type { Tone } from '#web/ui/badge.tsx';
import { classNames } from '#web/ui/class-names.ts';
import styles from './notice.module.css';
import { toneIcons } from './tone-icons.ts';
import { RequestId } from './request-id.tsx';

interface NoticeProps {
  tone: Tone;
  title: ReactNode;
  /** What was not done and what to do next. */
  children?: ReactNode;
  actions?: ReactNode;
  /** `alert` where it appears as the answer to something the person did. */
  role?: AriaRole;
  requestId?: string | null | undefined;
}

/** A message in the place it is about: an error in a form, a failed part of a page. */
export function Notice({ tone, title, children, actions, role, requestId }: NoticeProps) {
  const Icon = toneIcons[tone];
  return (
    <div className={classNames(styles['notice'], styles[tone])} role={role}>
      <Icon className={styles['icon']} size={18} aria-hidden />
      <div className={styles['body']}>
        <p className={styles['title']}>{title}</p>
        {children !== undefined && <div className={styles['text']}>{children}</div>}
        <RequestId id={requestId} />
        {actions !== undefined && <div className={styles['actions']}>{actions}</div>}
      </div>
    </div>
  );
}
