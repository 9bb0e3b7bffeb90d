import type { Kysely } from 'kysely';
import type { ServerCalls } from '#contract/owned-servers.ts';
import { QUIET_DAYS } from '#contract/server-filters.ts';
import { readInstallation } from '#database/installation.ts';
import type { Database } from '#database/schema.ts';
import { callsWithin } from '#registry/call-counts/call-figures.ts';

const DAY_MS = 86_400_000;

/** What of a server's row tells how its calls are known. */
interface CalledServer {
  rid: number;
  created_at: string;
  last_call_at: string | null;
  /** Since when its calls are counted so far, where older ones are still to be; null otherwise. */
  uncounted_until: string | null;
}

/** What there is to say of the calls of these servers: one by one, from what is read here at once. */
export async function readServerCalls(
  db: Kysely<Database>,
  rids: readonly number[],
  now: Date,
): Promise<(server: CalledServer) => ServerCalls> {
  const [week, month, countedSince] = await Promise.all([
    callsWithin(db, rids, { days: 7, now }).execute(),
    callsWithin(db, rids, { days: 30, now }).execute(),
    readCountedSince(db),
  ]);
  const [weeks, months] = [week, month].map((sums) => new Map(sums.map((sum) => [sum.server_rid, sum])));
  const mattersFrom = quietLimit(now);
  return ({ rid, created_at, last_call_at, uncounted_until }) => {
    const { calls = 0, errors = 0 } = weeks?.get(rid) ?? {};
    const since = uncounted_until ?? countedSince;
    return {
      lastAt: last_call_at,
      in7Days: calls,
      in30Days: months?.get(rid)?.calls ?? 0,
      // Of an answer that came later, the hour of the call may not be known, and the call may be of earlier days.
      errorShare: calls === 0 ? null : Math.min(1, errors / calls),
      ...(since > mattersFrom && since > created_at ? { since } : {}),
    };
  };
}

/** Since when all calls are counted, as ISO 8601; empty: since ever. */
export async function readCountedSince(db: Kysely<Database>): Promise<string> {
  return (await readInstallation(db, 'calls-counted-since')) ?? '';
}

/** A server without a call since then is quiet. */
export function quietLimit(now: Date): string {
  return new Date(now.getTime() - QUIET_DAYS * DAY_MS).toISOString();
}
