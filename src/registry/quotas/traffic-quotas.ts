import type { Kysely } from 'kysely';
import type { Database } from '#database/schema.ts';
import { createRateLimiter } from '#platform/rate-limiter.ts';
import { RegistryError, tooManyRequests } from '#registry/http/registry-error.ts';
import type { Quotas } from './quota-kinds.ts';
import { findQuotas } from './quota-store.ts';

// How long a changed quota takes to be seen: it is looked up for every request otherwise.
const KNOWN_MS = 10_000;
const MAX_KNOWN = 10_000;

/** What passes by and is counted in memory, for the owners whose keys are shown. */
export interface TrafficQuotas {
  /** Counts a request. Throws a 429 that says when the next may come. */
  countRequest(ownerId: string): Promise<void>;
  /** Counts an event stream, and returns what to call when it ends. Throws a 429 where too many are open. */
  openStream(ownerId: string): Promise<() => void>;
}

export function createTrafficQuotas(
  db: Kysely<Database>,
  { now, defaults }: { now: () => Date; defaults: Quotas },
): TrafficQuotas {
  const requests = createRateLimiter(defaults.requests, now);
  const streams = new Map<string, number>();
  const known = new Map<string, { quotas: Quotas; at: number }>();

  async function quotasOf(ownerId: string): Promise<Quotas> {
    const found = known.get(ownerId);
    if (found !== undefined && performance.now() - found.at < KNOWN_MS) return found.quotas;
    const quotas = await findQuotas(db, ownerId, defaults);
    if (known.size >= MAX_KNOWN) known.clear();
    known.set(ownerId, { quotas, at: performance.now() });
    return quotas;
  }

  return {
    async countRequest(ownerId) {
      const { requests: perMinute } = await quotasOf(ownerId);
      const wait = requests.take(ownerId, perMinute);
      if (wait > 0)
        throw tooManyRequests(`Quota of requests: at most ${perMinute} a minute for one owner`, wait);
    },
    async openStream(ownerId) {
      const { streams: most } = await quotasOf(ownerId);
      const open = streams.get(ownerId) ?? 0;
      if (open >= most) {
        throw new RegistryError(
          429,
          `Quota of event streams: at most ${most} at once for one owner. Close some, then try again`,
          { headers: { 'Retry-After': '10' } },
        );
      }
      streams.set(ownerId, open + 1);
      let isOpen = true;
      return () => {
        if (!isOpen) return;
        isOpen = false;
        const left = (streams.get(ownerId) ?? 1) - 1;
        if (left > 0) streams.set(ownerId, left);
        else streams.delete(ownerId);
      };
    },
  };
}
