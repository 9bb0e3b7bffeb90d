import { describe, expect, it } from 'vitest';
import { ownedServer, readServers } from '#e2e/support/owned-server.ts';
import { ServerCollector } from './collect-servers.ts';

const page = (...names: string[]) => readServers(names.map((name) => ownedServer(name)));
const namesOf = ({ servers }: { servers: readonly { qualifiedName: string }[] }) =>
  servers.map(({ qualifiedName }) => qualifiedName);

describe('putting the pages of the list together', () => {
  it('keeps a server that moved between two pages once', () => {
    const collected = new ServerCollector().collect([page('x/a', 'x/b'), page('x/b', 'x/c')]);
    expect(namesOf(collected)).toEqual(['x/a', 'x/b', 'x/c']);
  });

  it('keeps two servers of one id, which is not what tells them apart', () => {
    const servers = [ownedServer('x/a', { id: '1' }), ownedServer('x/b', { id: '1' })];
    expect(new ServerCollector().collect([readServers(servers)]).servers).toEqual(servers);
  });

  it('adds a page that comes after the others to what is there', () => {
    const collector = new ServerCollector();
    const [first, second] = [page('x/a'), page('x/b')];
    const before = collector.collect([first]);
    const after = collector.collect([first, second]);
    expect(after.servers).toBe(before.servers);
    expect([before.count, after.count]).toEqual([1, 2]);
  });

  it('begins anew where a page is another than it was, or fewer came', () => {
    const collector = new ServerCollector();
    const [first, second] = [page('x/a'), page('x/b')];
    const before = collector.collect([first, second]);
    expect(namesOf(collector.collect([page('x/c'), second]))).toEqual(['x/c', 'x/b']);
    expect(namesOf(collector.collect([first]))).toEqual(['x/a']);
    expect(namesOf(before)).toEqual(['x/a', 'x/b']);
  });

  it('adds up what could not be read, and says which namespaces the last answer lacked', () => {
    const broken = { unreadable: { entries: 1, values: 2 } };
    const pages = [readServers([], broken), readServers([], { ...broken, unreadNamespaces: ['beta'] })];
    expect(new ServerCollector().collect(pages)).toMatchObject({
      unreadable: { entries: 2, values: 4 },
      unreadNamespaces: ['beta'],
    });
  });
});
