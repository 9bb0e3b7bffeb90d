import { requireAccess } from '#registry/access/authentication.ts';
import type { RegistryApp, RegistryContext } from '#registry/context.ts';
import { pickFields } from '#registry/http/query-fields.ts';
import { listServers } from './server-listing.ts';
import { readServerListQuery } from './server-list-params.ts';

/** `/servers`. */
export function addServerListRoutes(app: RegistryApp, context: RegistryContext): void {
  const { db, publicUrl } = context;

  app.get('/servers', requireAccess(context, 'servers', 'read'), async (c) => {
    const query = readServerListQuery(c);
    const { servers, pagination } = await listServers(db, query, publicUrl);
    return c.json({ servers: servers.map((server) => pickFields(server, query.fields)), pagination });
  });
}
