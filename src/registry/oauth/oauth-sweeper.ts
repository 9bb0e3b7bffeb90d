import type { Kysely } from 'kysely';
import type { Database } from '#database/schema.ts';
import { repeat, type RepeatedWork } from '#platform/repeated-work.ts';
import type { RegistryContext } from '#registry/context.ts';
import { REGISTRY_ITSELF } from '#registry/audit/author.ts';
import { writeClientEnd } from '#registry/grants/grant-tokens.ts';
import { forgetUnusedClients } from './client-store.ts';

const EVERY_MS = 3_600_000;
const DAY_MS = 86_400_000;
// A program that comes back with the id it was given is told that it is unknown, and some do not know how to go on.
const KEEP_CLIENT_MS = 90 * DAY_MS;

/** Forgets, at its start and every hour until it is closed, what nobody can use any more. */
export function startOAuthSweeper({
  db,
  now,
  reportError,
}: Pick<RegistryContext, 'db' | 'now' | 'reportError'>): RepeatedWork {
  return repeat(async () => sweepOAuth(db, now()), { firstMs: 0, everyMs: EVERY_MS, onError: reportError });
}

/**
 * Forgets requests that nobody answered, tokens a day after their end, grants without any, and clients without those.
 *
 * @internal
 */
export async function sweepOAuth(db: Kysely<Database>, now: Date): Promise<void> {
  const before = (ms: number): Date => new Date(now.getTime() - ms);
  await db.deleteFrom('oauth_requests').where('expires_at', '<=', now.toISOString()).execute();
  // One that is shown a second time must be known, or nobody would notice that it is in two hands.
  await db.deleteFrom('oauth_tokens').where('expires_at', '<=', before(DAY_MS).toISOString()).execute();
  await db.transaction().execute(async (trx) => endUnusedGrants(trx, now));
  await forgetUnusedClients(db, { neverUsedSince: before(DAY_MS), notUsedSince: before(KEEP_CLIENT_MS) });
}

async function endUnusedGrants(trx: Kysely<Database>, now: Date): Promise<void> {
  const ended = await trx
    .deleteFrom('oauth_grants')
    .where((e) =>
      e.not(
        e.exists(
          e
            .selectFrom('oauth_tokens')
            .select('hash')
            .whereRef('oauth_tokens.grant_id', '=', 'oauth_grants.id'),
        ),
      ),
    )
    .returning(['client_id', 'user_id'])
    .execute();
  const note = 'It was not used for 30 days, or never.';
  for (const grant of ended) await writeClientEnd(trx, { ...grant, by: REGISTRY_ITSELF, note, now });
}
