import { memo } from 'react';
import { QualifiedName } from '#web/components/server-marks/qualified-name.tsx';
import { ServerIcon } from '#web/components/server-marks/server-icon.tsx';
import { formatCount } from '#web/lib/format.ts';
import { RelativeTime } from '#web/ui/time/relative-time.tsx';
import type { DeleteTarget } from './delete-attempt.ts';
import styles from './delete-server-card.module.css';

/** The server as its owner knows it. */
export const DeleteServerCard = memo(ServerCard);

function ServerCard({ target }: { target: DeleteTarget }) {
  const { displayName, qualifiedName, createdAt, useCount } = target;
  return (
    <div className={styles['card']}>
      <ServerIcon server={target} name={displayName} size={32} />
      <div className={styles['words']}>
        <p className={styles['name']}>
          <bdi>{displayName}</bdi>
        </p>
        <p className={styles['detail']}>
          <QualifiedName name={qualifiedName} className={styles['qualifiedName']} />
        </p>
      </div>
      <p className={styles['facts']}>
        <span>{useCount === null ? 'Uses unknown' : formatCount(useCount, 'use')}</span>
        <span>
          {createdAt === null ? (
            'Age unknown'
          ) : (
            <>
              Created <RelativeTime time={createdAt} />
            </>
          )}
        </span>
      </p>
    </div>
  );
}
