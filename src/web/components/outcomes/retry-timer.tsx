import { formatCount } from '#web/lib/format.ts';

/** When a change may be tried again; nothing where it may be now. */
export function RetryTimer({ secondsLeft }: { secondsLeft: number }) {
  if (secondsLeft <= 0) return null;
  return <p role="timer">You can try again in {formatCount(secondsLeft, 'second')}.</p>;
}
