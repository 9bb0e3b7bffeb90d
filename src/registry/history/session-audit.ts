import type { Kysely } from 'kysely';
import type { CallSource } from '#contract/call-source.ts';
import type { SessionEvent } from '#contract/session-event.ts';
import type { Database } from '#database/schema.ts';
import { accessOf } from '#registry/access/authentication.ts';
import { authorOf } from '#registry/access/request-author.ts';
import { entryRow, writeDown } from '#registry/audit/audit-log.ts';
import { REGISTRY_ITSELF, type Author } from '#registry/audit/author.ts';
import type { RegistryContext } from '#registry/context.ts';
import { RegistryError } from '#registry/http/registry-error.ts';

type Registry = Pick<RegistryContext, 'db' | 'now' | 'tokenKey'>;

// Of one hour; what others do then is counted together.
const MAX_REFUSED_ADDRESSES = 200;

/** Writes down who signed in or out at the desk; of the refused only how many an hour from each address. Rejects where the database fails. */
export async function writeSession(
  registry: Registry,
  event: SessionEvent,
  source: CallSource,
): Promise<void> {
  const { db, now } = registry;
  if (event.action === 'session.refused') return countRefused(db, source, now());
  const by = await authorOfKey(registry, event.apiKey, source);
  // A key that ended takes its sessions along: nobody is left to name.
  const { user: target } = by.actor;
  const { action, note } = event;
  await db
    .transaction()
    .execute(async (trx) => writeDown(trx, { action, by, now: now(), target, concerns: [], note }));
}

async function authorOfKey(registry: Registry, apiKey: string, source: CallSource): Promise<Author> {
  try {
    return authorOf(await accessOf(apiKey, registry), source);
  } catch (error) {
    if (!(error instanceof RegistryError)) throw error;
    return { ...REGISTRY_ITSELF, origin: 'desk', ...placeOf(source) };
  }
}

async function countRefused(db: Kysely<Database>, source: CallSource, now: Date): Promise<void> {
  const hour = now.toISOString().slice(0, 13);
  const address = source.address ?? null;
  await db.transaction().execute(async (trx) => {
    const counted = await countOn(trx, `refused ${hour} ${address}`);
    if (counted) return;
    const { count } = await trx
      .selectFrom('audit_entries')
      .select((eb) => eb.fn.countAll<number>().as('count'))
      .where('counted_as', '>=', `refused ${hour} `)
      .where('counted_as', '<', `refused ${hour}!`)
      .executeTakeFirstOrThrow();
    const isOneMore = count >= MAX_REFUSED_ADDRESSES;
    const countedAs = `refused ${hour} ${isOneMore ? 'others' : address}`;
    const by: Author = {
      ...REGISTRY_ITSELF,
      actor: { kind: 'stranger', user: null, keyId: null, keyLabel: null },
      origin: 'desk',
      ...(isOneMore ? {} : placeOf(source)),
    };
    const row = entryRow({
      action: 'session.refused',
      by,
      now,
      target: null,
      concerns: [],
      outcome: 'refused',
    });
    await trx
      .insertInto('audit_entries')
      .values({ ...row, counted_as: countedAs })
      .onConflict((conflict) =>
        conflict.column('counted_as').doUpdateSet((eb) => ({ times: eb('audit_entries.times', '+', 1) })),
      )
      .execute();
  });
}

async function countOn(trx: Kysely<Database>, countedAs: string): Promise<boolean> {
  const { numUpdatedRows } = await trx
    .updateTable('audit_entries')
    .set((eb) => ({ times: eb('times', '+', 1) }))
    .where('counted_as', '=', countedAs)
    .executeTakeFirstOrThrow();
  return numUpdatedRows > 0n;
}

function placeOf(source: CallSource) {
  const { product = null, address = null, requestId = null } = source;
  return { product, address, requestId };
}
