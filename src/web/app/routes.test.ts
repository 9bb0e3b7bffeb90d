import { QueryClient } from '@tanstack/react-query';
import fc from 'fast-check';
import { matchRoutes, type RouteObject } from 'react-router';
import { describe, expect, it } from 'vitest';
import { pageAt, PAGES } from '#contract/page-paths.ts';
import { formatQualifiedName, parseQualifiedName } from '#contract/qualified-name.ts';
import { paths } from '#web/lib/paths.ts';
import { requireQualifiedName } from '#web/lib/require-qualified-name.ts';
import { createRoutes } from './routes.tsx';

const routes = createRoutes(new QueryClient());

/** The pattern of the page an address leads to, the routes it leads through, and the path as it is asked for. */
function match(address: string) {
  const { pathname } = new URL(address, 'http://touchmark.test');
  const found = matchRoutes(routes, pathname)?.map(({ route }) => route) ?? [];
  const pattern = found.findLast(({ path }) => path !== undefined)?.path;
  return { pattern, found, pathname };
}

const first = fc.constantFrom('a', 'Z', '0', '_', '@', 'é', '語', 'क');
const rest = fc.string({ unit: fc.constantFrom('a', 'Z', '0', '.', '_', '@', '-', 'é', '語', '\u0301') });
const segment = fc.tuple(first, rest).map(([head, tail]) => head + tail);
const qualifiedName = fc
  .tuple(segment, fc.option(segment, { nil: '' }))
  .map(([namespace, server]) => formatQualifiedName({ namespace, server }))
  .filter((name) => parseQualifiedName(name) !== undefined);

describe('the addresses of the dashboard', () => {
  it.each([
    [paths.home(), '/'],
    [paths.servers(), 'servers'],
    [paths.activity(), 'activity'],
    [paths.clients(), 'clients'],
    [paths.authorize(), 'connect/authorize'],
    [paths.signIn(), '/sign-in'],
    [paths.signIn('/servers/acme%2Fweather'), '/sign-in'],
  ])('%s leads to its own page', (address, pattern) => {
    expect(match(address).pattern).toBe(pattern);
  });

  it('give every server its own page, under exactly its name', () => {
    fc.assert(
      fc.property(qualifiedName, (name) => {
        const { pattern, pathname } = match(paths.server(name));
        expect(pattern).toBe('servers/:qualifiedName');
        expect(requireQualifiedName(pathname)).toBe(name);
      }),
    );
  });

  it('tell a namespace from a server in it', () => {
    expect(requireQualifiedName(match(paths.server('acme')).pathname)).toBe('acme');
    expect(requireQualifiedName(match(paths.server('acme/weather')).pathname)).toBe('acme/weather');
  });

  it('show a server’s overview inside the page that all of its tabs share, both fetched at once', () => {
    const [overview, layout] = match(paths.server('acme/weather')).found.reverse();
    expect(overview).toMatchObject({ index: true, lazy: expect.any(Function) });
    expect(layout).toMatchObject({ path: 'servers/:qualifiedName', lazy: expect.any(Function) });
    expect(layout?.children).toContain(overview);
  });

  it('are those that the server has a page for, each of them', () => {
    const leaves = (list: RouteObject[], above = ''): string[] =>
      list.flatMap(({ path = '', children }) => {
        const whole = `${above}/${path}`.replaceAll(/\/{2,}/g, '/');
        return children === undefined ? [whole] : leaves(children, whole);
      });
    const addresses = leaves(routes).filter((address) => !address.endsWith('*'));
    expect(new Set(addresses.map((address) => address.replace(/(?<=.)\/$/, '')))).toEqual(
      new Set(Object.values(PAGES).map((page) => `/${page.replace(/^\//, '')}`)),
    );
    for (const address of addresses)
      expect([address, pageAt(address) !== undefined]).toEqual([address, true]);
  });

  it('are no page to the server where they lead nowhere', () => {
    for (const address of [
      '/nowhere',
      '/servers/acme/weather',
      '/servers/a/b/c',
      '/activity/x',
      '/.well-known/x',
    ]) {
      expect(match(address).pattern).toBe('*');
      expect([address, pageAt(address)]).toEqual([address, undefined]);
    }
  });

  it('lead nowhere under a server where there is no such tab', () => {
    expect(match(`${paths.server('acme/weather')}/nothing`).pattern).toBe('*');
  });

  it('lead nowhere when a name is not encoded', () => {
    expect(match('/servers/acme/weather').pattern).toBe('*');
  });

  it.each(['..', '.', 'a/b/c', '%2e', '%252e', '', ' ', 'a​b', '<script>', 'a/..'])(
    'name no server by %j',
    (name) => {
      const { pathname } = match(paths.server(name));
      expect(() => requireQualifiedName(pathname)).toThrow('There is no such page.');
    },
  );
});
