import type {
  ServerCreateResponse,
  ServerDeleteResponse,
  ServerUpdateResponse,
} from '@smithery/api/resources/servers/servers';
import { ApiError, serverNotFound } from '#registry/api-error.ts';
import { requireKey } from '#registry/auth.ts';
import type { RegistryApp, RegistryContext } from '#registry/context.ts';
import { readJsonObject } from '#registry/json-body.ts';
import { namespaceNameProblem, serverNameProblem } from '#registry/names.ts';
import { findNamespace } from '#registry/namespaces/namespace-store.ts';
import { qualifiedNameOf } from '#registry/request-path.ts';
import { toServerDetails } from './server-details.ts';
import { parseServerCreation, parseServerUpdate } from './server-input.ts';
import { parseServerListQuery } from './server-list-query.ts';
import { listServers } from './server-list.ts';
import { createServer, deleteServer, findServer, updateServer } from './server-store.ts';

/** `/servers` and `/servers/{qualifiedName}`. */
export function addServerRoutes(app: RegistryApp, context: RegistryContext): void {
  const { db, publicUrl, now, newId } = context;
  const authenticate = requireKey(context);

  app.get('/servers', authenticate, async (c) => {
    const query = parseServerListQuery(new URL(c.req.url).searchParams, c.var.userId);
    const { servers, pagination } = await listServers(db, query, publicUrl);
    return c.json({ servers: servers.map((server) => pick(server, query.fields)), pagination });
  });

  app.get('/servers/:qualifiedName', authenticate, async (c) => {
    const name = qualifiedNameOf(c);
    const server = name && (await findServer(db, name));
    if (server === undefined) throw serverNotFound();
    return c.json(toServerDetails(server, publicUrl));
  });

  app.put('/servers/:qualifiedName', authenticate, async (c) => {
    const name = qualifiedNameOf(c);
    if (name === undefined)
      throw new ApiError(400, 'Qualified name: must be "namespace" or "namespace%2Fserver"');
    const problem = namespaceNameProblem(name.namespace) ?? serverNameProblem(name.server);
    if (problem !== undefined) throw new ApiError(400, problem);
    const fields = parseServerCreation(await readJsonObject(c));
    const namespace = await findNamespace(db, name.namespace);
    if (namespace === undefined) throw new ApiError(404, 'Namespace not found');
    if (namespace.owner_id !== c.var.userId) throw new ApiError(403, 'Namespace belongs to another user');
    const server = await createServer(db, { name, fields, id: newId(), now: now() });
    return c.json(
      {
        namespace: server.namespace,
        server: server.slug,
        displayName: server.display_name,
        description: server.description,
        createdAt: server.created_at,
      } satisfies ServerCreateResponse,
      201,
    );
  });

  app.patch('/servers/:qualifiedName', authenticate, async (c) => {
    const name = qualifiedNameOf(c);
    if (name === undefined) throw serverNotFound();
    const fields = parseServerUpdate(await readJsonObject(c));
    if (!(await updateServer(db, { name, userId: c.var.userId, fields, now: now() }))) {
      if ((await findServer(db, name)) === undefined) throw serverNotFound();
      throw new ApiError(403, 'Server belongs to another user');
    }
    return c.json({ success: true, ...name } satisfies ServerUpdateResponse);
  });

  app.delete('/servers/:qualifiedName', authenticate, async (c) => {
    const name = qualifiedNameOf(c);
    if (name === undefined || !(await deleteServer(db, { name, userId: c.var.userId }))) {
      throw serverNotFound();
    }
    return c.json({ success: true, ...name } satisfies ServerDeleteResponse);
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
