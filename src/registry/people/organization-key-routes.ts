import type {
  APIKeyCreateResponse,
  APIKeyDeleteResponse,
  APIKeyListResponse,
} from '@smithery/api/resources/organizations/api-keys';
import { z } from 'zod';
import { RegistryError } from '#registry/http/registry-error.ts';
import type { Access } from '#registry/access/access.ts';
import { requireCredential } from '#registry/access/authentication.ts';
import type { RegistryApp, RegistryContext } from '#registry/context.ts';
import { readBody } from '#registry/http/shapes.ts';
import { endKey, listKeys, mintKey } from '#registry/access/key-store.ts';
import { isPrintable } from '#registry/http/printable.ts';

const MAX_NAME_LENGTH = 256;
const NAME_TEXT = `must be a text of 1 to ${MAX_NAME_LENGTH} characters on one line`;

const newKeyShape = z.strictObject({
  name: z
    .string(NAME_TEXT)
    .trim()
    .min(1, NAME_TEXT)
    .max(MAX_NAME_LENGTH, NAME_TEXT)
    .refine(isPrintable, NAME_TEXT),
});

/** `/organizations/{orgId}/api-keys`: the keys with which an organization acts itself, for its admins alone. */
export function addOrganizationKeyRoutes(app: RegistryApp, context: RegistryContext): void {
  const { db, now, newId } = context;
  const signedIn = requireCredential(context);

  app.get('/organizations/:orgId/api-keys', signedIn, async (c) => {
    const organizationId = requireAdmin(c.var.access, c.req.param('orgId'));
    const keys = await listKeys(db, organizationId);
    return c.json({
      apiKeys: keys.map(({ id, label, created_at }) => ({ id, name: label, createdAt: created_at })),
    } satisfies APIKeyListResponse);
  });

  app.post('/organizations/:orgId/api-keys', signedIn, async (c) => {
    const organizationId = requireAdmin(c.var.access, c.req.param('orgId'));
    const name = (await readBody(c, newKeyShape)).name;
    const id = newId();
    const madeAt = now();
    const key = await mintKey(db, {
      id,
      userId: organizationId,
      label: name,
      expiresAt: null,
      now: madeAt,
      by: c.var.by,
    });
    return c.json({ id, name, key, createdAt: madeAt.toISOString() } satisfies APIKeyCreateResponse, 201);
  });

  app.delete('/organizations/:orgId/api-keys/:keyId', signedIn, async (c) => {
    const organizationId = requireAdmin(c.var.access, c.req.param('orgId'));
    const id = c.req.param('keyId');
    const ended = isPrintable(id)
      ? await endKey(db, { id, userId: organizationId, by: c.var.by, now: now() })
      : undefined;
    if (ended === undefined) throw new RegistryError(404, 'API key not found in this organization');
    return c.json({ success: true } satisfies APIKeyDeleteResponse);
  });
}

// The same words for an organization that is not there: a stranger learns nothing.
function requireAdmin(access: Access, organizationId: string): string {
  if (!access.adminOf.includes(organizationId)) {
    throw new RegistryError(403, 'Organization keys: only an admin of the organization may manage them');
  }
  // A token ends, at the latest after a day; a key made with it would not.
  if (access.byToken) throw new RegistryError(403, 'Organization keys: use an API key, not a service token');
  return organizationId;
}
