import { describe, expect, it } from 'vitest';
import { UNKNOWN_IDENTITY } from '#contract/identity.ts';
import type { SessionInfo } from '#contract/session.ts';
import { isSameAccount } from './session.ts';

const session = (user: string | null, namespaces: string[], isOrganization = false): SessionInfo => ({
  registry: { name: 'r', url: 'https://r.test', embedded: true, desk: { name: null, accent: null } },
  identity: { ...UNKNOWN_IDENTITY, user, isOrganization },
  namespaces,
  expiresAt: '2026-01-01T00:00:00.000Z',
  idleAt: '2026-01-01T00:00:00.000Z',
  byLink: false,
});

describe('two sessions are of one account', () => {
  it.each([
    ['the same user', session('alice', ['a']), session('alice', ['a', 'new'])],
    ['nobody known, with the same namespaces', session(null, ['a', 'b']), session(null, ['a', 'b'])],
    ['one user not told this time', session('alice', ['a']), session(null, ['a'])],
  ])('where it is %s', (_words, one, other) => {
    expect([isSameAccount(one, other), isSameAccount(other, one)]).toEqual([true, true]);
  });

  it.each([
    ['another user of the same namespaces', session('alice', ['a']), session('bob', ['a'])],
    ['an organization of that name', session('alice', ['a']), session('alice', ['a'], true)],
    ['nobody known, with other namespaces', session(null, ['a']), session(null, ['a', 'b'])],
    ['nobody known, with none', session(null, []), session(null, [])],
  ])('but not where it is %s', (_words, one, other) => {
    expect([isSameAccount(one, other), isSameAccount(other, one)]).toEqual([false, false]);
  });
});
