import styles from './skeleton.module.css';

interface SkeletonProps {
  width: number | string;
  height: number | string;
}

/** A quiet stand-in of exactly the size of what will replace it. */
export function Skeleton({ width, height }: SkeletonProps) {
  return <span className={styles['skeleton']} style={{ width, height }} aria-hidden />;
}
