import type { Kysely } from 'kysely';
import type { FieldChange } from '#contract/activity.ts';
import type { Database } from '#database/schema.ts';
import { writeDown } from '#registry/audit/audit-log.ts';
import { OPERATOR } from '#registry/audit/author.ts';
import { writeServerChange } from '#registry/audit/server-audit.ts';

const WHY = 'Started with --new-secret.';

/**
 * Writes down that the values of all secrets are about to be lost, a row for each server, and so many sessions with them.
 * Belongs into the transaction that gives them up.
 */
export async function writeLostSecrets(
  trx: Kysely<Database>,
  { sessions, now }: { sessions: number; now: Date },
): Promise<void> {
  const secrets = await trx
    .selectFrom('secrets')
    .select(['server_rid', 'name'])
    .where('sealed', 'is not', null)
    .orderBy('server_rid')
    .orderBy('name')
    .execute();
  const byServer = new Map<number, FieldChange[]>();
  for (const { server_rid, name: field } of secrets) {
    byServer.set(server_rid, [...(byServer.get(server_rid) ?? []), { field }]);
  }
  for (const [rid, changes] of byServer) {
    await writeServerChange(trx, rid, { action: 'secret.lost', by: OPERATOR, now, changes, note: WHY });
  }
  if (sessions === 0) return;
  const changes = [{ field: 'sessions', before: sessions, after: 0 }];
  const ended = { action: 'session.end' as const, target: null, concerns: [], changes, note: WHY };
  await writeDown(trx, { ...ended, by: OPERATOR, now });
}
