import { ownedServerExtension, type OwnedServerPage, type ServerCounts } from '#contract/owned-servers.ts';
import { formatPosition } from '#platform/list-position.ts';
import { requireAccess } from '#registry/access/authentication.ts';
import type { RegistryApp, RegistryContext } from '#registry/context.ts';
import { listServerKeys } from './owned-server-keys.ts';
import { readOwnedServerQuery } from './owned-server-params.ts';
import { readOwnedServers } from './owned-server-rows.ts';
import { countOwnedServers } from './server-counts.ts';

/** `/-/servers`: what the owner of a key has, in every namespace; no part of the API that others speak. */
export function addOwnedServerRoutes(app: RegistryApp, context: RegistryContext): void {
  const { db, publicUrl, now } = context;
  const mayRead = requireAccess(context, 'servers', 'read');

  app.get(ownedServerExtension.servers(), mayRead, async (c) => {
    const query = readOwnedServerQuery(c);
    // One more than is asked for: it tells whether there is a next page.
    const keys = await listServerKeys(db, { ...query, limit: query.limit + 1 }, c.var.access);
    const page = keys.slice(0, query.limit);
    const last = keys.length > query.limit ? page.at(-1) : undefined;
    const at = now();
    const rids = page.map(({ rid }) => rid);
    return c.json({
      servers: await readOwnedServers(db, rids, { publicUrl, now: at }),
      nextCursor: last === undefined ? null : formatPosition(last, query),
      isFilling: false,
      asOf: at.toISOString(),
    } satisfies OwnedServerPage);
  });

  app.get(ownedServerExtension.counts(), mayRead, async (c) => {
    const at = now();
    const counts = await countOwnedServers(db, c.var.access, at);
    return c.json({ ...counts, isFilling: false, asOf: at.toISOString() } satisfies ServerCounts);
  });
}
