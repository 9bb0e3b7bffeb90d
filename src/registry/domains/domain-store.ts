import type { Kysely, Selectable } from 'kysely';
import { isUniqueViolation } from '#database/engine.ts';
import type { DomainRow } from '#database/registry-tables.ts';
import type { Database } from '#database/schema.ts';
import type { Scope } from '#registry/access/access.ts';
import type { Author } from '#registry/audit/author.ts';
import { writeServerChange } from '#registry/audit/server-audit.ts';
import { lockOwnedServer, type OwnedServer } from '#registry/servers/server-lock.ts';
import { holdNames, takeName } from '#registry/names/name-holds.ts';

const MANAGED_DOMAIN = 'run.tools';

/** A server's domains: none, or the managed one. */
export async function listDomains(db: Kysely<Database>, serverRid: number): Promise<Selectable<DomainRow>[]> {
  return db.selectFrom('domains').selectAll().where('server_rid', '=', serverRid).execute();
}

/**
 * Gives a server's managed domain another subdomain, and makes the domain where the server had none yet. The one
 * before is held for the server's owner. Returns undefined where another server has that subdomain; throws a 403 where
 * it is held for somebody else.
 */
export async function setSubdomain(
  db: Kysely<Database>,
  {
    server,
    subdomain,
    scope,
    by,
    now,
    holdMs,
  }: { server: OwnedServer; subdomain: string; scope: Scope; by: Author; now: Date; holdMs: number },
): Promise<Selectable<DomainRow> | undefined> {
  const serverRid = server.rid;
  const time = now.toISOString();
  const names = { subdomain, hostname: `${subdomain}.${MANAGED_DOMAIN}` };
  try {
    return await db.transaction().execute(async (trx) => {
      await lockOwnedServer(trx, server, scope);
      const before = await trx
        .selectFrom('servers')
        .innerJoin('namespaces', 'namespaces.name', 'servers.namespace')
        .leftJoin('domains', 'domains.server_rid', 'servers.rid')
        .select(['namespaces.owner_id', 'domains.subdomain', 'domains.hostname'])
        .where('servers.rid', '=', serverRid)
        .executeTakeFirstOrThrow();
      const domain = await trx
        .insertInto('domains')
        .values({ server_rid: serverRid, ...names, created_at: time, updated_at: time })
        .onConflict((conflict) => conflict.column('server_rid').doUpdateSet({ ...names, updated_at: time }))
        .returningAll()
        .executeTakeFirstOrThrow();
      await takeName(trx, { kind: 'subdomain', name: subdomain }, { ownerIds: scope.ownerIds, now });
      if (before.subdomain !== null && before.subdomain !== subdomain) {
        const given = [{ kind: 'subdomain', name: before.subdomain }] as const;
        await holdNames(trx, given, { ownerId: before.owner_id, now, holdMs });
      }
      if (before.hostname !== domain.hostname) {
        const changes = [{ field: 'hostname', before: before.hostname, after: domain.hostname }];
        await writeServerChange(trx, serverRid, { action: 'domain.set', by, now, changes });
      }
      return domain;
    });
  } catch (error) {
    if (isUniqueViolation(error)) return undefined;
    throw error;
  }
}
