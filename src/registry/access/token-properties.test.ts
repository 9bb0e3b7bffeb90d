import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PERMISSIONS, RESOURCES, type Access, type TokenLimit } from './access.ts';
import { allowsRpc } from './rpc-patterns.ts';
import { narrowAccess } from './token-access.ts';
import { refusalOf, type Ask } from './token-limits.ts';
import type { TokenClaims } from './token-format.ts';

const NAMESPACES = ['acme', 'rival', 'third'];
const TOOLS = ['read_file', 'write_file', 'search'];
const END = new Date('2026-03-01T13:00:00.000Z');

const some = <Name>(names: readonly Name[]) => fc.subarray([...names], { minLength: 1 });
const limits: fc.Arbitrary<TokenLimit> = fc.record(
  {
    namespaces: some(NAMESPACES),
    resources: some(RESOURCES),
    operations: some(PERMISSIONS),
    rpcReqMatch: fc.record({ 'params.name': fc.constantFrom('^read', 'file$', 'search', '.') }),
  },
  { requiredKeys: [] },
);
const policies = fc.array(limits, { maxLength: 4 });
const asks: Ask[] = RESOURCES.flatMap((resource) =>
  PERMISSIONS.flatMap((permission) =>
    [null, '', ...NAMESPACES].map((namespace) => ({ resource, permission, namespace })),
  ),
);
const makers = fc
  .subarray(['org-a', 'org-b'])
  .chain((organizations) =>
    fc.record({ organizations: fc.constant(organizations), adminOf: fc.subarray(organizations) }),
  )
  .map(({ organizations, adminOf }): Access => ({
    userId: 'person',
    keyId: 'key',
    holder: null,
    isAdmin: false,
    ownerIds: ['person', ...organizations],
    adminOf,
    namespaces: null,
    organizationId: null,
    byToken: false,
    policy: [],
    expiresAt: null,
  }));

const claimsWith = (policy: TokenLimit[], organizationId: string | null = null): TokenClaims => ({
  keyId: 'key',
  organizationId,
  policy,
  expiresAt: END,
});

/** Everything that may be asked for and is allowed, one text each. */
function allowed(access: Access): Set<string> {
  const requests = asks
    .filter((ask) => refusalOf(access, ask) === undefined)
    .flatMap((ask) =>
      access.ownerIds.flatMap((owner) =>
        // A list without a namespace in its path holds what is in scope.
        (access.namespaces ?? NAMESPACES).map((seen) =>
          JSON.stringify([ask, owner, ask.namespace === null ? seen : null]),
        ),
      ),
    );
  const calls = TOOLS.filter((name) => allowsRpc(access, { method: 'tools/call', params: { name } }));
  return new Set([...requests, ...calls]);
}

const isWithin = (narrow: Access, wide: Access) => {
  const wideSet = allowed(wide);
  return [...allowed(narrow)].every((one) => wideSet.has(one));
};

describe('a service token, whatever its policy', () => {
  it('may do nothing that its maker may not', () => {
    fc.assert(
      fc.property(
        makers,
        policies,
        fc.constantFrom(null, 'person', 'org-a', 'org-b'),
        (maker, policy, org) => {
          const access = narrowAccess(maker, claimsWith(policy, org));
          const mayNotHaveIt = org !== null && !maker.adminOf.includes(org);
          expect(access === undefined ? mayNotHaveIt : isWithin(access, maker)).toBe(true);
        },
      ),
    );
  });

  it('may do nothing that the token it was made with may not', () => {
    fc.assert(
      fc.property(makers, policies, policies, (maker, given, added) => {
        const wide = narrowAccess(maker, claimsWith(given));
        const narrow = narrowAccess(maker, claimsWith([...given, ...added]));
        expect(wide && narrow && isWithin(narrow, wide)).toBe(true);
      }),
    );
  });

  it('is allowed what each of its limits alone allows, and no less', () => {
    fc.assert(
      fc.property(makers, fc.array(limits, { minLength: 1, maxLength: 4 }), (maker, policy) => {
        const whole = narrowAccess(maker, claimsWith(policy));
        const parts = policy.map((limit) => narrowAccess(maker, claimsWith([limit])));
        for (const ask of asks.filter(({ namespace }) => namespace !== null)) {
          const byEach = parts.every((part) => part !== undefined && refusalOf(part, ask) === undefined);
          expect(whole !== undefined && refusalOf(whole, ask) === undefined).toBe(byEach);
        }
      }),
    );
  });
});
