/** A bucket of attempts for each key, which refills evenly. */
export interface RateLimiter {
  /** Takes one attempt. Returns 0, or the seconds until there is one. */
  take(key: string): number;
  /** Gives one back: the attempt is not to count. */
  giveBack(key: string): void;
}

interface Bucket {
  attempts: number;
  at: number;
}

const MAX_BUCKETS = 10_000;

/** So many attempts a minute for each key, and as many at once after a rest. */
export function createRateLimiter(perMinute: number, now: () => Date): RateLimiter {
  const buckets = new Map<string, Bucket>();
  const msPerAttempt = 60_000 / perMinute;

  function refilled(key: string): Bucket {
    const time = now().getTime();
    const bucket = buckets.get(key) ?? { attempts: perMinute, at: time };
    const gained = Math.max(0, time - bucket.at) / msPerAttempt;
    return { attempts: Math.min(perMinute, bucket.attempts + gained), at: time };
  }

  function forgetFullOnes(): void {
    for (const key of buckets.keys()) if (refilled(key).attempts >= perMinute) buckets.delete(key);
  }

  return {
    take(key) {
      if (buckets.size >= MAX_BUCKETS) forgetFullOnes();
      const bucket = refilled(key);
      const allowed = bucket.attempts >= 1;
      buckets.set(key, allowed ? { ...bucket, attempts: bucket.attempts - 1 } : bucket);
      return allowed ? 0 : Math.ceil(((1 - bucket.attempts) * msPerAttempt) / 1000);
    },
    giveBack(key) {
      const bucket = refilled(key);
      buckets.set(key, { ...bucket, attempts: Math.min(perMinute, bucket.attempts + 1) });
    },
  };
}
