import type { DomainListResponse, DomainUpdateResponse } from '@smithery/api/resources/servers/domains';
import { z } from 'zod';
import type { Selectable } from 'kysely';
import type { DomainRow } from '#database/registry-tables.ts';
import { RegistryError } from '#registry/http/registry-error.ts';
import { requireAccess } from '#registry/access/authentication.ts';
import type { RegistryApp, RegistryContext } from '#registry/context.ts';
import { readBody } from '#registry/http/shapes.ts';
import { requireOwnedServer } from '#registry/servers/owned-server.ts';
import { listDomains, setSubdomain } from './domain-store.ts';

const SUBDOMAIN = /^[a-z][a-z0-9-]{0,61}[a-z0-9]$/;
const SUBDOMAIN_TEXT =
  'must be 2 to 63 lower-case letters, digits and inner hyphens, and begin with a letter';

const domainShape = z.object({ subdomain: z.string(SUBDOMAIN_TEXT).regex(SUBDOMAIN, SUBDOMAIN_TEXT) });

/** A server's domains, for its owner alone: the managed one, once it has a subdomain. */
export function addDomainRoutes(app: RegistryApp, context: RegistryContext): void {
  const { db, now, limits } = context;

  app.get('/servers/:qualifiedName/domains', requireAccess(context, 'servers', 'read'), async (c) => {
    const { rid } = await requireOwnedServer(c, context);
    const domains = await listDomains(db, rid);
    return c.json({ domains: domains.map(toDomain) } satisfies DomainListResponse);
  });

  app.patch(
    '/servers/:qualifiedName/domains/:domainId',
    requireAccess(context, 'servers', 'write'),
    async (c) => {
      const server = await requireOwnedServer(c, context);
      if (c.req.param('domainId') !== 'managed') {
        throw new RegistryError(404, 'Domain not found: a server has one domain, "managed"');
      }
      const { subdomain } = await readBody(c, domainShape);
      const domain = await setSubdomain(db, {
        server,
        subdomain,
        scope: c.var.access,
        by: c.var.by,
        now: now(),
        holdMs: limits.nameHoldMs,
      });
      if (domain === undefined) {
        throw new RegistryError(409, `Subdomain "${subdomain}" is another server's: choose another`);
      }
      return c.json(toDomain(domain));
    },
  );
}

function toDomain(domain: Selectable<DomainRow>): DomainUpdateResponse {
  return {
    id: 'managed',
    type: 'managed',
    hostname: domain.hostname,
    subdomain: domain.subdomain,
    createdAt: domain.created_at,
    updatedAt: domain.updated_at,
  };
}
