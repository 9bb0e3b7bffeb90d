import type { Kysely } from 'kysely';
import type { Database } from '#database/schema.ts';
import type { Vault } from '#platform/sealing.ts';
import type { Scope } from '#registry/access/access.ts';
import type { Author } from '#registry/audit/author.ts';
import { writeServerChange } from '#registry/audit/server-audit.ts';
import { RegistryError } from '#registry/http/registry-error.ts';
import { lockOwnedServer, type OwnedServer } from '#registry/servers/server-lock.ts';

const MAX_SECRETS = 100;

interface SecretChange {
  server: OwnedServer;
  scope: Scope;
  by: Author;
  name: string;
  now: Date;
}

/** The names of a server's secrets, sorted; of those whose value cannot be read any more, that it is lost. */
export async function listSecrets(
  db: Kysely<Database>,
  serverRid: number,
): Promise<{ name: string; type: string; lost?: true }[]> {
  const secrets = await db
    .selectFrom('secrets')
    .select(['name', 'type', 'lost_at'])
    .where('server_rid', '=', serverRid)
    .orderBy('name')
    .execute();
  return secrets.map(({ name, type, lost_at }) =>
    lost_at === null ? { name, type } : { name, type, lost: true },
  );
}

/**
 * Keeps a secret's value sealed, in the place of the one before, for the origin of the next release that uses it. Throws a 400 where a server has too many.
 */
export async function setSecret(
  db: Kysely<Database>,
  vault: Vault,
  { server, scope, by, name, value, now }: SecretChange & { value: string },
): Promise<void> {
  const serverRid = server.rid;
  await db.transaction().execute(async (trx) => {
    await lockOwnedServer(trx, server, scope);
    const { id } = await trx
      .selectFrom('servers')
      .select('id')
      .where('rid', '=', serverRid)
      .executeTakeFirstOrThrow();
    const sealed = vault.seal(value, placeOf(id, name));
    await trx
      .insertInto('secrets')
      .values({ server_rid: serverRid, name, type: 'secret_text', sealed })
      .onConflict((conflict) =>
        conflict.columns(['server_rid', 'name']).doUpdateSet({ sealed, lost_at: null, origin: null }),
      )
      .execute();
    const { count } = await trx
      .selectFrom('secrets')
      .select((eb) => eb.fn.countAll<number>().as('count'))
      .where('server_rid', '=', serverRid)
      .executeTakeFirstOrThrow();
    if (count > MAX_SECRETS) {
      throw new RegistryError(
        400,
        `A server has at most ${MAX_SECRETS} secrets: delete one it no longer needs`,
      );
    }
    const changes = [{ field: name }];
    await writeServerChange(trx, serverRid, { action: 'secret.set', by, now, changes });
  });
}

/** Forgets a secret. Returns false where there is none of that name. */
export async function deleteSecret(
  db: Kysely<Database>,
  { server, scope, by, name, now }: SecretChange,
): Promise<boolean> {
  return db.transaction().execute(async (trx) => {
    await lockOwnedServer(trx, server, scope);
    const deleted = await trx
      .deleteFrom('secrets')
      .where('server_rid', '=', server.rid)
      .where('name', '=', name)
      .returning('name')
      .executeTakeFirst();
    if (deleted === undefined) return false;
    const changes = [{ field: name }];
    await writeServerChange(trx, server.rid, { action: 'secret.delete', by, now, changes });
    return true;
  });
}

/** What a value is sealed for. The server's id, not its name: a secret goes with its server wherever that is transferred. */
export function placeOf(serverId: string, name: string): string {
  return `${serverId}/${name}`;
}
