import { deskName } from '#web/lib/desk.ts';
import styles from './desk-badge.module.css';

/** What the operator calls this desk, on its colour; nothing where it has no name. */
export function DeskBadge() {
  const name = deskName();
  if (name === null) return null;
  return (
    <bdi className={styles['badge']} translate="no">
      {name}
    </bdi>
  );
}
