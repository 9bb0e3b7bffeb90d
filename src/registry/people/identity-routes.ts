import { IDENTITY_PATH, type Identity } from '#contract/identity.ts';
import type { Access } from '#registry/access/access.ts';
import { requireCredential } from '#registry/access/authentication.ts';
import type { RegistryApp, RegistryContext } from '#registry/context.ts';

/** `GET /-/identity`, an extension of ours: whose key or service token it is that asks. */
export function addIdentityRoutes(app: RegistryApp, context: RegistryContext): void {
  app.get(IDENTITY_PATH, requireCredential(context), async (c) =>
    c.json((await identityOf(context, c.var.access)) satisfies Identity),
  );
}

async function identityOf({ db }: Pick<RegistryContext, 'db'>, access: Access): Promise<Identity> {
  const owners = await db
    .selectFrom('users')
    .select(['id', 'name', 'kind'])
    .where('id', 'in', access.ownerIds)
    .orderBy('name')
    .execute();
  const key = await db
    .selectFrom('api_keys')
    .select('label')
    .where('id', '=', access.keyId)
    .executeTakeFirst();
  const self = owners.find(({ id }) => id === access.userId);
  return {
    user: self?.name ?? null,
    isOrganization: self?.kind === 'organization',
    // Of a service token, that of the key it was made with.
    keyLabel: key?.label ?? null,
    keyExpiresAt: access.expiresAt?.toISOString() ?? null,
    organizations: owners.filter(({ id }) => id !== access.userId).map(({ name }) => name),
    isAdmin: access.isAdmin,
  };
}
