import type { DomainListResponse } from '@smithery/api/resources/servers/domains';
import type { SecretListResponse } from '@smithery/api/resources/servers/secrets';
import { ApiError } from '#registry/api-error.ts';
import { requireKey } from '#registry/auth.ts';
import type { RegistryApp, RegistryContext } from '#registry/context.ts';
import { qualifiedNameOf } from '#registry/request-path.ts';
import { requireOwnedServer } from '#registry/servers/owned-server.ts';
import { findIcon, listDomains, listSecrets } from './attachment-store.ts';

/** A server's secrets and domains, for its owner alone, and its icon, for the pages that show it. */
export function addAttachmentRoutes(app: RegistryApp, context: RegistryContext): void {
  const { db } = context;
  const authenticate = requireKey(context);

  app.get('/servers/:qualifiedName/secrets', authenticate, async (c) => {
    const { rid } = await requireOwnedServer(c, db);
    const secrets = await listSecrets(db, rid);
    return c.json(secrets.map(({ name, type }) => ({ name, type })) satisfies SecretListResponse);
  });

  app.get('/servers/:qualifiedName/domains', authenticate, async (c) => {
    const { rid } = await requireOwnedServer(c, db);
    const domains = await listDomains(db, rid);
    return c.json({
      domains: domains.map((domain) => ({
        id: 'managed',
        type: 'managed',
        hostname: domain.hostname,
        subdomain: domain.subdomain,
        createdAt: domain.created_at,
        updatedAt: domain.updated_at,
      })),
    } satisfies DomainListResponse);
  });

  app.get('/servers/:qualifiedName/icon', async (c) => {
    const name = qualifiedNameOf(c);
    const icon = name && (await findIcon(db, name));
    if (icon === undefined) throw new ApiError(404, 'No icon found');
    const etag = `"${icon.hash}"`;
    const headers = {
      ETag: etag,
      'Cache-Control': 'public, max-age=300',
      // Opened as a page of its own, a drawing must not run what somebody put into it.
      'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'; sandbox",
      'X-Content-Type-Options': 'nosniff',
    };
    if (c.req.header('If-None-Match') === etag) return c.body(null, 304, headers);
    return c.body(new Uint8Array(icon.bytes), 200, { ...headers, 'Content-Type': icon.content_type });
  });
}
