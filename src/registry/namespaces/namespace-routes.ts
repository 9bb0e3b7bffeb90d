import type { NamespaceSetResponse } from '@smithery/api/resources/namespaces/namespaces';
import { ApiError } from '#registry/api-error.ts';
import { requireKey } from '#registry/auth.ts';
import type { RegistryApp, RegistryContext } from '#registry/context.ts';
import { namespaceNameProblem } from '#registry/names.ts';
import { pageParams, paginationOf } from '#registry/pagination.ts';
import { fieldsParam, flagParam, textParam } from '#registry/query-params.ts';
import { createNamespace, namespacesOf, searchNamespaces } from './namespace-store.ts';

/** `/namespaces` and `/namespaces/{name}`. */
export function addNamespaceRoutes(app: RegistryApp, context: RegistryContext): void {
  const { db, now } = context;
  const authenticate = requireKey(context);

  app.get('/namespaces', authenticate, async (c) => {
    const params = new URL(c.req.url).searchParams;
    const page = pageParams(params, { defaultSize: 10, maxSize: 50 });
    // The official client looks for a second page of the unasked, whole list with `page` alone.
    if ([...params.keys()].every((name) => name === 'page')) {
      const names = await namespacesOf(db, c.var.userId);
      const whole = { page: page.page, pageSize: Math.max(names.length, 1) };
      return c.json({
        namespaces: page.page === 1 ? names.map((name) => ({ name })) : [],
        pagination: paginationOf(whole, names.length),
      });
    }
    fieldsParam(params, ['name']);
    const { names, totalCount } = await searchNamespaces(db, {
      ...page,
      prefix: textParam(params, 'q')?.toLowerCase(),
      ownerId: textParam(params, 'ownerId'),
      hasServers: flagParam(params, 'hasServers'),
      hasSkills: flagParam(params, 'hasSkills'),
    });
    return c.json({
      namespaces: names.map((name) => ({ name })),
      pagination: paginationOf(page, totalCount),
    });
  });

  app.put('/namespaces/:name', authenticate, async (c) => {
    const name = c.req.param('name');
    const problem = namespaceNameProblem(name);
    if (problem !== undefined) throw new ApiError(400, problem);
    const namespace = await createNamespace(db, { name, ownerId: c.var.userId, now: now() });
    if (namespace.owner_id !== c.var.userId) throw new ApiError(409, 'Namespace already exists');
    return c.json(
      { name: namespace.name, createdAt: namespace.created_at } satisfies NamespaceSetResponse,
      201,
    );
  });
}
