import type { ServerTransferParams, ServerTransferResponse } from '@smithery/api/resources/servers/servers';
import { formatQualifiedName } from '#contract/qualified-name.ts';
import { RegistryError, serverNotFound } from '#registry/http/registry-error.ts';
import { requireAccess } from '#registry/access/authentication.ts';
import type { RegistryApp, RegistryContext } from '#registry/context.ts';
import { readJsonObject } from '#registry/http/json-body.ts';
import { serverNameProblem } from '#registry/names/name-rules.ts';
import { requireOwnedNamespace } from '#registry/names/owned-namespace.ts';
import { qualifiedNameOf } from '#registry/http/request-path.ts';
import { requireChangeableServer } from './owned-server.ts';
import { transferServer } from './server-transfer.ts';

/** `/servers/{qualifiedName}/transfer`. */
export function addTransferRoutes(app: RegistryApp, context: RegistryContext): void {
  const { db, now, limits } = context;

  app.post('/servers/:qualifiedName/transfer', requireAccess(context, 'servers', 'write'), async (c) => {
    await requireChangeableServer(c, context);
    const from = qualifiedNameOf(c);
    if (from === undefined) throw serverNotFound();
    const params = parseTransfer(await readJsonObject(c));
    const scope = c.var.access;
    const namespace = await requireOwnedNamespace(db, params.targetNamespace, scope);
    if (namespace.owner_id !== params.targetOrganizationId) {
      throw new RegistryError(
        400,
        `targetOrganizationId: does not own the namespace "${namespace.name}"; give the id of its owner`,
      );
    }
    const to = { namespace: namespace.name, server: params.targetSlug ?? from.server };
    const qualifiedName = formatQualifiedName(to);
    if (qualifiedName === formatQualifiedName(from)) {
      throw new RegistryError(
        400,
        'targetNamespace: the server is there already; give another, or a targetSlug',
      );
    }
    const outcome = await transferServer(db, { from, to, scope, now: now(), holdMs: limits.nameHoldMs });
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

function parseTransfer(body: Record<string, unknown>): ServerTransferParams {
  const { targetNamespace, targetOrganizationId, targetSlug } = body;
  if (typeof targetNamespace !== 'string' || targetNamespace === '') {
    throw new RegistryError(400, 'targetNamespace: must be the name of a namespace');
  }
  if (typeof targetOrganizationId !== 'string' || targetOrganizationId === '') {
    throw new RegistryError(400, 'targetOrganizationId: must be the id of the owner of the target namespace');
  }
  if (targetSlug === undefined) return { targetNamespace, targetOrganizationId };
  if (typeof targetSlug !== 'string' || targetSlug === '') {
    throw new RegistryError(400, 'targetSlug: must be the name of a server');
  }
  const problem = serverNameProblem(targetSlug);
  if (problem !== undefined) throw new RegistryError(400, `targetSlug: ${problem}`);
  return { targetNamespace, targetOrganizationId, targetSlug };
}
