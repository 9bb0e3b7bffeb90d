import { useQuery } from '@tanstack/react-query';
import type { Release } from '#contract/registry-answers.ts';
import { releaseQuery } from '#web/api/releases.ts';
import { ExactTime } from '#web/ui/time/exact-time.tsx';
import { Skeleton } from '#web/ui/skeleton.tsx';
import { logWords } from './failure-reason.ts';
import styles from './release-words.module.css';

/** When a release was made. */
export function When({ release: { createdAt } }: { release: Release }) {
  return createdAt === null ? 'an unknown time' : <ExactTime time={createdAt} />;
}

/** The registry's own sentence for how a release ended or waits, and the last line of its log. */
export function Reason({ qualifiedName, release }: { qualifiedName: string; release: Release }) {
  const { data, isPending, isError } = useQuery(releaseQuery(qualifiedName, release));
  if (release.id === null || (isError && data === undefined)) {
    return <p className={styles['quiet']}>Why is unknown: its log could not be read.</p>;
  }
  if (isPending) return <Skeleton width={280} height={14} />;
  const words = logWords(data);
  if (words === null)
    return <p className={styles['quiet']}>Why is unknown: the registry has no log of it.</p>;
  return (
    <>
      {words.reason !== null && (
        <p>
          <bdi>“{words.reason}”</bdi>
          {words.detail !== null && (
            <>
              {' '}
              <bdi>{words.detail}</bdi>
            </>
          )}
        </p>
      )}
      {words.lastLine !== null && (
        <p className={styles['quiet']}>
          Last line of its log: <bdi>{words.lastLine}</bdi>
        </p>
      )}
    </>
  );
}
