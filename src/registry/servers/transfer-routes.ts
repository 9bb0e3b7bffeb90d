import type { ServerTransferResponse } from '@smithery/api/resources/servers/servers';
import { z } from 'zod';
import { formatQualifiedName } from '#contract/qualified-name.ts';
import { RegistryError, serverNotFound, wrongField } from '#registry/http/registry-error.ts';
import { requireAccess } from '#registry/access/authentication.ts';
import type { RegistryApp, RegistryContext } from '#registry/context.ts';
import { nameOf } from '#registry/http/body-fields.ts';
import { readBody } from '#registry/http/shapes.ts';
import { serverNameProblem } from '#registry/names/name-rules.ts';
import { requireOwnedNamespace } from '#registry/names/owned-namespace.ts';
import { qualifiedNameOf } from '#registry/http/request-path.ts';
import { requireChangeableServer } from './owned-server.ts';
import { transferServer } from './server-transfer.ts';

const transferShape = z.object({
  targetNamespace: nameOf('must be the name of a namespace'),
  targetOrganizationId: nameOf('must be the id of the owner of the target namespace'),
  targetSlug: nameOf('must be the name of a server')
    .superRefine((slug, context) => {
      const problem = serverNameProblem(slug);
      if (problem !== undefined) context.addIssue(problem);
    })
    .optional(),
});

/** `/servers/{qualifiedName}/transfer`. */
export function addTransferRoutes(app: RegistryApp, context: RegistryContext): void {
  const { db, now, limits } = context;

  app.post('/servers/:qualifiedName/transfer', requireAccess(context, 'servers', 'write'), async (c) => {
    await requireChangeableServer(c, context);
    const from = qualifiedNameOf(c);
    if (from === undefined) throw serverNotFound();
    const params = await readBody(c, transferShape);
    const scope = c.var.access;
    const namespace = await requireOwnedNamespace(db, params.targetNamespace, scope);
    if (namespace.owner_id !== params.targetOrganizationId) {
      throw wrongField(
        'targetOrganizationId',
        `does not own the namespace "${namespace.name}"; give the id of its owner`,
      );
    }
    const to = { namespace: namespace.name, server: params.targetSlug ?? from.server };
    const qualifiedName = formatQualifiedName(to);
    if (qualifiedName === formatQualifiedName(from)) {
      throw wrongField('targetNamespace', 'the server is there already; give another, or a targetSlug');
    }
    const outcome = await transferServer(db, {
      from,
      to,
      scope,
      by: c.var.by,
      now: now(),
      holdMs: limits.nameHoldMs,
      quotas: limits.quotas,
    });
    if (outcome === 'missing') throw serverNotFound();
    if (outcome === 'taken') {
      throw new RegistryError(
        409,
        `There is a server "${qualifiedName}" already: give another targetSlug, or delete it first`,
      );
    }
    return c.json({
      success: true,
      namespace: to.namespace,
      server: to.server,
      qualifiedName,
    } satisfies ServerTransferResponse);
  });
}
