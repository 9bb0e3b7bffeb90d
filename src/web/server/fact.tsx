import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Skeleton } from '#web/ui/skeleton.tsx';
import styles from './facts-panel.module.css';

interface FactProps<T> {
  label: string;
  query: UseQueryResult<T>;
  /** Null: the registry does not tell. */
  children: (data: T) => ReactNode;
}

/** A fact that is asked for; "unknown" where it cannot be had. */
export function Fact<T>({ label, query, children }: FactProps<T>) {
  if (query.isPending) {
    return (
      <FactRow label={label}>
        <Skeleton width={88} height={14} />
      </FactRow>
    );
  }
  return (
    <FactRow label={label}>
      {query.data === undefined ? 'unknown' : (children(query.data) ?? 'unknown')}
    </FactRow>
  );
}

/** A fact that is known. */
export function FactRow({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className={styles['fact']}>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}
