/** A bucket of attempts for each key, which refills evenly. */
export interface RateLimiter {
  /** Takes one attempt. Returns 0, or the seconds until there is one. A key may have a number a minute of its own. */
  take(key: string, perMinute?: number): number;
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

  function refilled(key: string, most = perMinute): Bucket {
    const time = now().getTime();
    const bucket = buckets.get(key) ?? { attempts: most, at: time };
    const gained = (Math.max(0, time - bucket.at) * most) / 60_000;
    return { attempts: Math.min(most, bucket.attempts + gained), at: time };
  }

  function forgetFullOnes(): void {
    for (const key of buckets.keys()) if (refilled(key).attempts >= perMinute) buckets.delete(key);
  }

  return {
    take(key, most = perMinute) {
      if (buckets.size >= MAX_BUCKETS) forgetFullOnes();
      const bucket = refilled(key, most);
      const allowed = bucket.attempts >= 1;
      buckets.set(key, allowed ? { ...bucket, attempts: bucket.attempts - 1 } : bucket);
      return allowed ? 0 : Math.ceil(((1 - bucket.attempts) * 60) / most);
    },
    giveBack(key) {
      const bucket = refilled(key);
      buckets.set(key, { ...bucket, attempts: Math.min(perMinute, bucket.attempts + 1) });
    },
  };
}
