import { describe, expect, it } from 'vitest';
import { listedServer } from '#e2e/support/listed-server.ts';
import type { ListedServer } from '#contract/registry-answers.ts';
import { filterServers, sortServers } from './list-search.ts';
import { type ListView, wholeView } from './list-view.ts';

function server(qualifiedName: string, rest: Partial<ListedServer> = {}): ListedServer {
  const [namespace = '', slug = ''] = qualifiedName.split('/');
  const displayName = slug === '' ? namespace : slug;
  return listedServer(qualifiedName, { displayName, slug, remote: null, isDeployed: false, ...rest });
}

const names = (servers: readonly ListedServer[]) => servers.map(({ qualifiedName }) => qualifiedName);
const search = (servers: readonly ListedServer[], query: string) =>
  names(filterServers(servers, { ...wholeView, query }));

describe('searching the list', () => {
  it('brings the exact name first, then beginnings, then other names, then descriptions', () => {
    const servers = [
      server('demo/forecast', { description: 'weather for a week' }),
      server('demo/space-weather'),
      server('demo/weather-archive'),
      server('demo/weather'),
    ];
    expect(search(servers, 'weather')).toEqual([
      'demo/weather',
      'demo/weather-archive',
      'demo/space-weather',
      'demo/forecast',
    ]);
  });

  it('tells a namespace-only server from the servers below it', () => {
    const servers = [server('acme/weather'), server('acme')];
    expect(search(servers, 'acme')).toEqual(['acme', 'acme/weather']);
    expect(search(servers, 'acme/weather')).toEqual(['acme/weather']);
  });

  it('needs every word, in any order, wherever it stands', () => {
    const servers = [
      server('demo/weather', { description: 'Radar of Europe' }),
      server('demo/weather-archive'),
    ];
    expect(search(servers, 'europe weather')).toEqual(['demo/weather']);
    expect(search(servers, '  weather   radar ')).toEqual(['demo/weather']);
  });

  it('does not mind case, accents or width', () => {
    const servers = [
      server('demo/cafe', { displayName: 'Café Wetter' }),
      server('demo/x', { displayName: 'ＦＡＸ' }),
    ];
    expect(search(servers, 'CAFE')).toEqual(['demo/cafe']);
    expect(search(servers, 'café')).toEqual(['demo/cafe']);
    expect(search(servers, 'fax')).toEqual(['demo/x']);
  });

  it('takes signs for what they are', () => {
    const servers = [server('demo/a.b'), server('demo/axb')];
    expect(search(servers, 'a.b')).toEqual(['demo/a.b']);
    expect(search(servers, '(')).toEqual([]);
  });

  it('keeps the order it is given among equals', () => {
    const servers = [server('demo/b-tool'), server('demo/a-tool')];
    expect(search(servers, 'tool')).toEqual(['demo/b-tool', 'demo/a-tool']);
  });
});

describe('filtering the list', () => {
  const servers = [
    server('demo/live', { isDeployed: true, remote: true }),
    server('demo/local', { remote: false }),
    server('demo/external', { remote: true }),
    server('labs/new'),
    server('labs', { namespace: null }),
  ];

  it('keeps the servers of one state', () => {
    const inState = (state: ListView['state']) => names(filterServers(servers, { ...wholeView, state }));
    expect(inState('live')).toEqual(['demo/live']);
    expect(inState('local')).toEqual(['demo/local']);
    expect(inState('other')).toEqual(['demo/external', 'labs/new', 'labs']);
    expect(inState(null)).toHaveLength(5);
  });

  it('keeps the servers of one namespace, named by the registry or by their own name', () => {
    expect(names(filterServers(servers, { ...wholeView, namespace: 'labs' }))).toEqual(['labs/new', 'labs']);
  });

  it('joins search and filters', () => {
    expect(
      names(filterServers(servers, { ...wholeView, namespace: 'demo', state: 'other', query: 'ext' })),
    ).toEqual(['demo/external']);
  });
});

describe('sorting the list', () => {
  it('leaves equals as they came and the list it was given untouched', () => {
    const servers = [
      server('a/2', { useCount: 1 }),
      server('a/1', { useCount: 1 }),
      server('a/3', { useCount: 9 }),
    ];
    expect(names(sortServers(servers, 'uses'))).toEqual(['a/3', 'a/2', 'a/1']);
    expect(names(servers)).toEqual(['a/2', 'a/1', 'a/3']);
  });

  it('counts in names as people do, and compares display names first', () => {
    const servers = [
      server('a/x', { displayName: 'Tool 10' }),
      server('a/y', { displayName: 'Tool 9' }),
      server('a/z', { displayName: 'élan' }),
    ];
    expect(names(sortServers(servers, 'name'))).toEqual(['a/z', 'a/y', 'a/x']);
  });

  it('puts the newest first', () => {
    const servers = [
      server('a/old', { createdAt: '2024-05-01T00:00:00.000Z' }),
      server('a/new', { createdAt: '2026-05-01T00:00:00.000Z' }),
    ];
    expect(names(sortServers(servers, 'newest'))).toEqual(['a/new', 'a/old']);
  });
});
