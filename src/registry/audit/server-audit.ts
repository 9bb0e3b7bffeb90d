import type { Kysely } from 'kysely';
import type { Database } from '#database/schema.ts';
import { writeDown, type Change } from './audit-log.ts';

type ServerChange = Omit<Change, 'target' | 'targetId' | 'namespace' | 'concerns'>;

/** As `writeDown`, for a change of a thing in a namespace that is there: it concerns its owner. */
export async function writeNamespaceChange(
  trx: Kysely<Database>,
  change: Omit<Change, 'concerns'> & { namespace: string },
): Promise<void> {
  const { owner_id } = await trx
    .selectFrom('namespaces')
    .select('owner_id')
    .where('name', '=', change.namespace)
    .executeTakeFirstOrThrow();
  await writeDown(trx, { ...change, concerns: [owner_id] });
}

/** As `writeDown`, for a change of the server of this row number, which is there. */
export async function writeServerChange(
  trx: Kysely<Database>,
  rid: number,
  change: ServerChange,
): Promise<void> {
  const server = await trx
    .selectFrom('servers')
    .innerJoin('namespaces', 'namespaces.name', 'servers.namespace')
    .select(['servers.id', 'servers.qualified_name', 'servers.namespace', 'namespaces.owner_id'])
    .where('servers.rid', '=', rid)
    .executeTakeFirstOrThrow();
  await writeDown(trx, {
    ...change,
    target: server.qualified_name,
    targetId: server.id,
    namespace: server.namespace,
    concerns: [server.owner_id],
  });
}
