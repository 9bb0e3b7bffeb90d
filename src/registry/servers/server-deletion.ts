import type { Kysely } from 'kysely';
import { formatQualifiedName, type QualifiedName } from '#contract/qualified-name.ts';
import type { Database } from '#database/schema.ts';
import type { Scope } from '#registry/access/access.ts';
import { writeDown } from '#registry/audit/audit-log.ts';
import type { Author } from '#registry/audit/author.ts';
import { endVersions } from '#registry/filing/server-versions.ts';
import { toolTermsOf } from '#registry/filing/tool-index.ts';
import { holdNames, redirectNotes, type Name } from '#registry/names/name-holds.ts';
import { forgetWords, termsOf } from '#registry/search/search-index.ts';
import { toolWords } from '#registry/search/word-index.ts';
import { followDelete, rememberServer } from './deleted-servers.ts';
import { lockServer } from './server-lock.ts';
import { isOwnedBy } from './server-ownership.ts';

/**
 * Deletes a server within this scope and everything that belongs to it, or nothing at all, holds its names and remembers
 * it. Returns false where there is none of that name, or it is another's: the two cannot be told apart.
 */
export async function deleteServer(
  db: Kysely<Database>,
  {
    name,
    scope,
    by,
    now,
    holdMs,
  }: { name: QualifiedName; scope: Scope; by: Author; now: Date; holdMs: number },
): Promise<boolean> {
  const qualifiedName = formatQualifiedName(name);
  return db.transaction().execute(async (trx) => {
    // First, so that a transfer at the same moment is either over or waits: what is read next stays true.
    const isTheirs = await lockServer(trx, (eb) =>
      eb.and([eb('servers.qualified_name', '=', qualifiedName), isOwnedBy(eb, scope)]),
    );
    if (!isTheirs) return false;
    const server = await findEnding(trx, qualifiedName);
    const { rid, qualified_name, owner_id, subdomain } = server;
    const terms = await termsOf(trx, rid);
    const toolTerms = await toolTermsOf(trx, rid);
    await followDelete(trx, server.id);
    const remembered = { qualifiedName: qualified_name, ownerId: owner_id, movedTo: null, now, holdMs };
    const deletedRid = await rememberServer(trx, server, remembered);
    await endVersions(trx, { serverRid: rid, deletedRid });
    const went = await belongingsOf(trx, rid);
    // Releases and their logs, secrets, domain, icon, calls, tools and search words go by cascade.
    await trx
      .deleteFrom('servers')
      .where('rid', '=', rid)
      .where((eb) => isOwnedBy(eb, scope))
      .execute();
    await forgetWords(trx, terms);
    await forgetWords(trx, toolTerms, toolWords);
    await redirectNotes(trx, { from: qualified_name, to: null });
    const given: Name[] = [{ kind: 'server', name: qualified_name }];
    if (subdomain !== null) given.push({ kind: 'subdomain', name: subdomain });
    await holdNames(trx, given, { ownerId: owner_id, now, holdMs });
    await writeDown(trx, {
      action: 'server.delete',
      by,
      now,
      target: qualified_name,
      targetId: server.id,
      namespace: server.namespace,
      concerns: [owner_id],
      changes: [{ field: 'displayName', before: server.display_name, after: null }],
      went,
    });
    return true;
  });
}

async function findEnding(trx: Kysely<Database>, qualifiedName: string) {
  return trx
    .selectFrom('servers')
    .innerJoin('namespaces', 'namespaces.name', 'servers.namespace')
    .leftJoin('domains', 'domains.server_rid', 'servers.rid')
    .select([
      'servers.rid',
      'servers.id',
      'servers.namespace',
      'servers.qualified_name',
      'servers.display_name',
      'servers.description',
      'servers.unlisted',
      'servers.live_release_id',
      'servers.last_number',
      'namespaces.owner_id',
      'domains.subdomain',
    ])
    .where('servers.qualified_name', '=', qualifiedName)
    .executeTakeFirstOrThrow();
}

/** How many of each kind a delete takes with it; nothing is said of kinds of which there is none. */
async function belongingsOf(trx: Kysely<Database>, rid: number): Promise<Record<string, number>> {
  const counts = await trx
    .selectNoFrom((eb) => {
      const count = (table: 'releases' | 'secrets' | 'domains' | 'icons') =>
        eb
          .selectFrom(table)
          .select((of) => of.fn.countAll<number>().as('count'))
          .where('server_rid', '=', rid)
          .$asScalar();
      return [
        count('releases').as('releases'),
        count('secrets').as('secrets'),
        count('domains').as('domains'),
        count('icons').as('icons'),
        eb
          .selectFrom('tools')
          .select((of) => of.fn.countAll<number>().as('count'))
          .where('server_rid', '=', rid)
          .$asScalar()
          .as('tools'),
        eb
          .selectFrom('oauth_grant_servers')
          .select((of) => of.fn.countAll<number>().as('count'))
          .where('server_rid', '=', rid)
          .$asScalar()
          .as('clients'),
        eb
          .selectFrom('invocation_counts')
          .select((of) => of.fn.sum<number | null>('calls').as('calls'))
          .where('server_rid', '=', rid)
          .where('phrase_rid', '=', 0)
          .$asScalar()
          .as('calls'),
      ];
    })
    .executeTakeFirstOrThrow();
  return Object.fromEntries(
    Object.entries(counts).flatMap(([kind, count]) => (count ? [[kind, count]] : [])),
  );
}
