import { useQuery } from '@tanstack/react-query';
import type { Release } from '#contract/registry-answers.ts';
import { releaseQuery } from '#web/api/releases.ts';
import { FailureNotice } from '#web/components/outcomes/failure-notice.tsx';
import { buttonClass } from '#web/ui/button.tsx';
import { classNames } from '#web/ui/class-names.ts';
import { Skeleton } from '#web/ui/skeleton.tsx';
import styles from './release-log.module.css';

interface ReleaseLogProps {
  qualifiedName: string;
  release: Release;
}

/** A release's whole log, behind a button. */
export function ReleaseLog({ qualifiedName, release }: ReleaseLogProps) {
  return (
    <details className={styles['log']}>
      <summary className={classNames(buttonClass({}), styles['open'])}>See the log</summary>
      <LogLines qualifiedName={qualifiedName} release={release} />
    </details>
  );
}

function LogLines({ qualifiedName, release }: ReleaseLogProps) {
  const { data, error, isFetching, refetch } = useQuery(releaseQuery(qualifiedName, release));
  if (data === undefined && error !== null) {
    return (
      <FailureNotice
        title="The log could not be loaded"
        error={error}
        retry={{ run: () => void refetch(), isRunning: isFetching }}
      />
    );
  }
  if (data === undefined) return <Skeleton width="100%" height={80} />;
  if (data.logs === null || data.logs.length === 0) {
    return <p className={styles['none']}>The registry has no log of this release.</p>;
  }
  return (
    // A region that scrolls has to be reached by keyboard.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <ol className={styles['lines']} tabIndex={0} aria-label="Log of the release">
      {data.logs.map(({ level, stage, message, error }, i) => (
        // Lines are only ever added at the end.
        // oxlint-disable-next-line react/no-array-index-key
        <li key={i} className={classNames(level === 'error' && styles['error'])}>
          <span className={styles['stage']}>{stage ?? ''}</span>
          <span>
            {level === 'error' && <b>Error: </b>}
            <bdi>{message}</bdi>
            {error !== null && (
              <>
                {' '}
                <bdi>{error.message}</bdi>
              </>
            )}
          </span>
        </li>
      ))}
    </ol>
  );
}
