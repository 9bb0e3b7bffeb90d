import type {
  ServerCreateResponse,
  ServerDeleteResponse,
  ServerUpdateResponse,
} from '@smithery/api/resources/servers/servers';
import type { Context } from 'hono';
import type { QualifiedName } from '#contract/qualified-name.ts';
import { RegistryError, serverNotFound } from '#registry/http/registry-error.ts';
import { grantingLink } from '#registry/files/bundle-link.ts';
import { links } from '#registry/http/links.ts';
import { requireAccess } from '#registry/access/authentication.ts';
import type { RegistryApp, RegistryContext, RegistryEnv } from '#registry/context.ts';
import { readBody } from '#registry/http/shapes.ts';
import { namespaceNameProblem, serverNameProblem } from '#registry/names/name-rules.ts';
import { requireOwnedNamespace } from '#registry/names/owned-namespace.ts';
import { qualifiedNameOf } from '#registry/http/request-path.ts';
import { requireChangeableServer, serverNotFoundAt } from './owned-server.ts';
import { deleteServer } from './server-deletion.ts';
import { toServerDetails } from './server-details.ts';
import { changedServerShape, newServerShape } from './server-fields.ts';
import { createServer, findServer, updateServer } from './server-store.ts';

/** `/servers/{qualifiedName}` and the older way to create one. */
export function addServerRoutes(app: RegistryApp, context: RegistryContext): void {
  const { db, publicUrl, now, limits } = context;
  const mayRead = requireAccess(context, 'servers', 'read');
  const mayWrite = requireAccess(context, 'servers', 'write');

  app.get('/servers/:qualifiedName', mayRead, async (c) => {
    const name = qualifiedNameOf(c);
    if (name === undefined) throw serverNotFound();
    const server = await findServer(db, name);
    if (server === undefined) throw await serverNotFoundAt(context, name, c.var.access);
    const { id, qualified_name, bundle_hash: bundle } = server;
    const plainUrl = links.bundle(publicUrl, qualified_name);
    // Clients that install a bundle show no key.
    const bundleUrl =
      bundle === null
        ? plainUrl
        : grantingLink(plainUrl, { server: id, bundle, key: c.var.access.keyId }, context);
    return c.json(toServerDetails(server, { publicUrl, bundleUrl }));
  });

  app.put('/servers/:qualifiedName', mayWrite, async (c) => {
    const name = qualifiedNameOf(c);
    if (name === undefined)
      throw new RegistryError(400, 'Qualified name: must be "namespace" or "namespace%2Fserver"');
    return c.json(await putServer(c, context, name), 201);
  });

  app.put('/namespaces/:namespace/servers/:server', mayWrite, async (c) => {
    const { namespace, server } = c.req.param();
    return c.json(await putServer(c, context, { namespace, server }), 201);
  });

  app.patch('/servers/:qualifiedName', mayWrite, async (c) => {
    const name = qualifiedNameOf(c);
    if (name === undefined) throw serverNotFound();
    const fields = await readBody(c, changedServerShape);
    await requireChangeableServer(c, context);
    if (!(await updateServer(db, { name, scope: c.var.access, by: c.var.by, fields, now: now() })))
      throw serverNotFound();
    return c.json({ success: true, ...name } satisfies ServerUpdateResponse);
  });

  app.delete('/servers/:qualifiedName', mayWrite, async (c) => {
    const name = qualifiedNameOf(c);
    const holdMs = limits.nameHoldMs;
    if (name === undefined) throw serverNotFound();
    const { access: scope, by } = c.var;
    if (!(await deleteServer(db, { name, scope, by, now: now(), holdMs }))) throw serverNotFound();
    context.sweepBlobs();
    return c.json({ success: true, ...name } satisfies ServerDeleteResponse);
  });
}

async function putServer(
  c: Context<RegistryEnv>,
  { db, now, newId, limits }: RegistryContext,
  name: QualifiedName,
): Promise<ServerCreateResponse> {
  const problem = namespaceNameProblem(name.namespace) ?? serverNameProblem(name.server);
  if (problem !== undefined) throw new RegistryError(400, problem);
  const fields = await readBody(c, newServerShape);
  const scope = c.var.access;
  await requireOwnedNamespace(db, name.namespace, scope);
  const server = await createServer(db, {
    name,
    scope,
    by: c.var.by,
    fields,
    id: newId(),
    now: now(),
    quotas: limits.quotas,
  });
  return {
    namespace: server.namespace,
    server: server.slug,
    displayName: server.display_name,
    description: server.description,
    createdAt: server.created_at,
  };
}
