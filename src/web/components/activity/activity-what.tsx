import { Link } from 'react-router';
import type { ActivityEntry } from '#contract/activity.ts';
import { QualifiedName } from '#web/components/server-marks/qualified-name.tsx';
import { paths } from '#web/lib/paths.ts';
import styles from './activity-what.module.css';
import { askedWords, serverOf } from './activity-words.ts';

/** What was asked for, and of what. A server's name leads to its page, which says where it is gone. */
export function ActivityWhat({ entry }: { entry: ActivityEntry }) {
  const server = serverOf(entry);
  return (
    <>
      {askedWords(entry)}{' '}
      {entry.target !== null && (
        <span className={styles['name']}>
          {server === null ? (
            <QualifiedName name={entry.target} />
          ) : (
            <Link to={paths.server(server)}>
              <QualifiedName name={server} />
            </Link>
          )}
        </span>
      )}
    </>
  );
}
