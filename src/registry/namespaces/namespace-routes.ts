import type {
  NamespaceCreateResponse,
  NamespaceDeleteResponse,
  NamespaceSetResponse,
} from '@smithery/api/resources/namespaces/namespaces';
import { z } from 'zod';
import type { Access } from '#registry/access/access.ts';
import { RegistryError } from '#registry/http/registry-error.ts';
import { requireAccess } from '#registry/access/authentication.ts';
import type { RegistryApp, RegistryContext } from '#registry/context.ts';
import { readBody, readQuery } from '#registry/http/shapes.ts';
import { namespaceNameProblem } from '#registry/names/name-rules.ts';
import { pageFields, paginationOf } from '#registry/http/pagination.ts';
import { queryFields, queryFlag, queryText } from '#registry/http/query-fields.ts';
import { generatedName } from './generated-name.ts';
import { searchNamespaces } from './namespace-search.ts';
import { createNamespace, deleteNamespace, namespacesOf } from './namespace-store.ts';
import { requireOwnedNamespace } from '#registry/names/owned-namespace.ts';

const NAME_ATTEMPTS = 5;

const searchShape = z.object({
  ...pageFields({ defaultSize: 10, maxSize: 50 }),
  fields: queryFields(['name']),
  q: queryText(),
  ownerId: queryText(),
  hasServers: queryFlag,
  hasSkills: queryFlag,
});
const newNamespaceShape = z.object({ organizationId: z.string().optional() });

/** `/namespaces` and `/namespaces/{name}`. */
export function addNamespaceRoutes(app: RegistryApp, context: RegistryContext): void {
  const { db, now, newId, limits } = context;
  const mayRead = requireAccess(context, 'namespaces', 'read');
  const mayWrite = requireAccess(context, 'namespaces', 'write');

  app.get('/namespaces', mayRead, async (c) => {
    const params = new URL(c.req.url).searchParams;
    const query = readQuery(c, searchShape);
    // The official client looks for a second page of the unasked, whole list with `page` alone.
    if ([...params.keys()].every((name) => name === 'page')) {
      const owned = await namespacesOf(db, c.var.access);
      const whole = { page: query.page, pageSize: Math.max(owned.length, 1) };
      return c.json({
        namespaces: query.page === 1 ? owned.map(({ name }) => ({ name })) : [],
        pagination: paginationOf(whole, owned.length),
      });
    }
    const { names, totalCount } = await searchNamespaces(db, {
      ...query,
      names: c.var.access.namespaces,
      prefix: query.q?.toLowerCase(),
    });
    return c.json({
      namespaces: names.map((name) => ({ name })),
      pagination: paginationOf(query, totalCount),
    });
  });

  app.post('/namespaces', mayWrite, async (c) => {
    const { access } = c.var;
    const ownerId = ownerFor(await readBody(c, newNamespaceShape), access);
    if (access.namespaces !== null) {
      throw new RegistryError(403, 'Your token is for certain namespaces and cannot make others: use a key');
    }
    for (let attempt = 0; attempt < NAME_ATTEMPTS; attempt += 1) {
      const name = generatedName(newId());
      const made = await createNamespace(db, { name, ownerId, scope: access, by: c.var.by, now: now() });
      if (made.isNew) {
        return c.json({ name, createdAt: made.created_at } satisfies NamespaceCreateResponse, 201);
      }
    }
    throw new RegistryError(
      409,
      'Found no name that is free: try again, or choose one with PUT /namespaces/{name}',
    );
  });

  app.put('/namespaces/:name', mayWrite, async (c) => {
    const name = c.req.param('name');
    const problem = namespaceNameProblem(name);
    if (problem !== undefined) throw new RegistryError(400, problem);
    const { access } = c.var;
    const body = await readBody(c, newNamespaceShape);
    const ownerId = ownerFor(body, access);
    const namespace = await createNamespace(db, { name, ownerId, scope: access, by: c.var.by, now: now() });
    const isTheirs = access.ownerIds.includes(namespace.owner_id);
    if (!isTheirs || (body.organizationId !== undefined && namespace.owner_id !== ownerId))
      throw new RegistryError(409, 'Namespace already exists');
    return c.json(
      { name: namespace.name, createdAt: namespace.created_at } satisfies NamespaceSetResponse,
      201,
    );
  });

  app.delete('/namespaces/:name', mayWrite, async (c) => {
    const { name, owner_id } = await requireOwnedNamespace(db, c.req.param('name'), c.var.access);
    const holdMs = limits.nameHoldMs;
    if (!(await deleteNamespace(db, { name, ownerId: owner_id, by: c.var.by, now: now(), holdMs }))) {
      throw new RegistryError(409, 'Namespace still holds servers: delete or transfer them first');
    }
    return c.json({ success: true, name } satisfies NamespaceDeleteResponse);
  });
}

// Who will own what is made: the caller, or an organization that the caller acts for.
function ownerFor(
  { organizationId }: z.output<typeof newNamespaceShape>,
  { userId, ownerIds }: Access,
): string {
  if (organizationId === undefined) return userId;
  if (!ownerIds.includes(organizationId)) {
    throw new RegistryError(403, 'organizationId: you are no member of an organization of that id', {
      field: 'organizationId',
    });
  }
  return organizationId;
}
