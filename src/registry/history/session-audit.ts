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

/**
 * Writes down who signed in or out at the desk; of the refused only how many an hour from each address. Its database is the
 * transaction of whatever begins or ends. Rejects where that fails.
 */
export async function writeSession(
  registry: Registry,
  event: SessionEvent,
  source: CallSource,
): Promise<void> {
  const { db: trx, now } = registry;
  if (event.action === 'session.refused') return countRefused(trx, source, now());
  const { action, session: targetId, note } = event;
  const holder = await holderOf(registry, event, source);
  const isByHolder = event.action === 'session.start' || event.byHolder;
  const by = isByHolder ? holder : { ...REGISTRY_ITSELF, ...placeOf(source) };
  const at = event.action === 'session.end' ? event.at : undefined;
  await writeDown(trx, {
    action,
    by,
    now: at ?? now(),
    target: holder.actor.user,
    targetId,
    concerns: holder.userId === null ? [] : [holder.userId],
    note,
  });
}

/** Whose session it is: by its key, or where that has ended by what was written down when it began. */
async function holderOf(
  registry: Registry,
  { session, apiKey }: Exclude<SessionEvent, { action: 'session.refused' }>,
  source: CallSource,
): Promise<Author> {
  try {
    return authorOf(await accessOf(apiKey, registry), source);
  } catch (error) {
    if (!(error instanceof RegistryError)) throw error;
    const began = await holderAtStart(registry.db, session);
    return { ...REGISTRY_ITSELF, ...began, origin: 'desk', ...placeOf(source) };
  }
}

async function holderAtStart(
  trx: Kysely<Database>,
  session: string,
): Promise<Pick<Author, 'actor' | 'userId'> | undefined> {
  const start = await trx
    .selectFrom('audit_entries')
    .leftJoin('audit_viewers', 'audit_viewers.entry_id', 'audit_entries.id')
    .select(['actor_kind', 'actor', 'key_id', 'key_label', 'owner_id'])
    .where('target_id', '=', session)
    .where('action', '=', 'session.start')
    .executeTakeFirst();
  if (start === undefined) return undefined;
  const { actor_kind: kind, actor: user, key_id: keyId, key_label: keyLabel, owner_id: userId } = start;
  return { actor: { kind, user, keyId, keyLabel }, userId };
}

async function countRefused(trx: Kysely<Database>, source: CallSource, now: Date): Promise<void> {
  const hour = now.toISOString().slice(0, 13);
  const address = source.address ?? null;
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
