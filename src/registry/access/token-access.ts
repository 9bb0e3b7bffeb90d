import type { Access, TokenLimit } from './access.ts';
import type { TokenClaims } from './token-format.ts';

/**
 * What a token gives access to, made with a key that gives `maker`: never more than that. Undefined where its maker
 * may no longer act for the organization that it is for.
 */
export function narrowAccess(maker: Access, claims: TokenClaims): Access | undefined {
  const { organizationId, policy, expiresAt } = claims;
  const limits = {
    byToken: true,
    isAdmin: false,
    organizationId,
    policy,
    expiresAt,
    namespaces: commonNamespaces(policy),
  };
  if (organizationId === null) return { ...maker, ...limits };
  if (!mayActFor(maker, organizationId)) return undefined;
  return {
    userId: organizationId,
    keyId: maker.keyId,
    holder: maker.holder,
    ownerIds: [organizationId],
    adminOf: [],
    ...limits,
  };
}

/** True for an admin of the organization, and for the organization itself. */
export function mayActFor({ userId, adminOf }: Access, organizationId: string): boolean {
  return userId === organizationId || adminOf.includes(organizationId);
}

// Null where no limit names any; empty where they have none in common.
function commonNamespaces(policy: readonly TokenLimit[]): string[] | null {
  const lists = policy.flatMap(({ namespaces }) => (namespaces === undefined ? [] : [namespaces]));
  const [first, ...others] = lists;
  if (first === undefined) return null;
  return [...new Set(first)].filter((name) => others.every((names) => names.includes(name)));
}
