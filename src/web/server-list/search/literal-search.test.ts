import { describe, expect, it } from 'vitest';
import type { OwnedServer } from '#contract/owned-servers.ts';
import { ownedServer } from '#e2e/support/owned-server.ts';
import { parseQuery } from '#web/lib/folded-text.ts';
import { findLiterally } from './literal-search.ts';

const server = ownedServer;
const search = (servers: readonly OwnedServer[], query: string) =>
  findLiterally(servers, parseQuery(query)).servers.map(({ qualifiedName }) => qualifiedName);

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

  it('finds by tools, domains and namespaces, before what only its description says', () => {
    const servers = [
      server('demo/text', { description: 'Not the one for get_forecast' }),
      server('demo/tool', { tools: ['get_forecast'] }),
      server('demo/host', { domains: ['forecast.example.com'] }),
    ];
    expect(search(servers, 'forecast')).toEqual(['demo/tool', 'demo/host', 'demo/text']);
    expect(search(servers, 'getForecast')).toEqual(['demo/tool']);
    expect(search(servers, 'forecast.example.com')).toEqual(['demo/host']);
    expect(search([...servers, server('labs/x')], 'labs')).toEqual(['labs/x']);
  });

  it('tells a namespace-only server from the servers below it', () => {
    const servers = [server('acme/weather'), server('acme', { displayName: 'acme' })];
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

  it('finds words that are written together or apart, whichever way they are meant', () => {
    const servers = [server('demo/weather-radar'), server('demo/mailmerge')];
    expect(search(servers, 'weatherradar')).toEqual(['demo/weather-radar']);
    expect(search(servers, 'mail merge')).toEqual(['demo/mailmerge']);
    // Only from a word's beginning on.
    expect(search(servers, 'herrad')).toEqual([]);
  });

  it('takes what is in quotes as it is, also before the closing one is typed', () => {
    const servers = [server('demo/weather-radar'), server('demo/radar', { description: 'weather radar' })];
    expect(search(servers, '"weather radar"')).toEqual(['demo/radar']);
    expect(search(servers, '"weather-ra')).toEqual(['demo/weather-radar']);
    expect(search(servers, '"weather" radar demo')).toHaveLength(2);
    expect(search(servers, '""')).toHaveLength(2);
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

  it('is not sure of what only stands in the midst of other words', () => {
    const servers = [server('demo/x', { description: 'denials' })];
    expect(findLiterally(servers, parseQuery('nial'))).toMatchObject({ isSure: false });
    expect(findLiterally(servers, parseQuery('denial'))).toMatchObject({ isSure: true });
  });
});
