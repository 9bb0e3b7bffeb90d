import { requireAccess } from '#registry/access/authentication.ts';
import type { RegistryApp, RegistryContext } from '#registry/context.ts';
import { listServers } from './server-listing.ts';
import { parseServerListQuery } from './server-list-params.ts';

/** `/servers`. */
export function addServerListRoutes(app: RegistryApp, context: RegistryContext): void {
  const { db, publicUrl } = context;

  app.get('/servers', requireAccess(context, 'servers', 'read'), async (c) => {
    const query = parseServerListQuery(new URL(c.req.url).searchParams, c.var.access);
    const { servers, pagination } = await listServers(db, query, publicUrl);
    return c.json({ servers: servers.map((server) => pick(server, query.fields)), pagination });
  });
}

function pick<Shape extends object>(
  shape: Shape,
  fields: readonly (keyof Shape)[] | undefined,
): Partial<Shape> {
  if (fields === undefined) return shape;
  const picked: Partial<Shape> = {};
  for (const field of fields) picked[field] = shape[field];
  return picked;
}
