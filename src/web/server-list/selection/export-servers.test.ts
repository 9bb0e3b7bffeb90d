import { describe, expect, it } from 'vitest';
import { ownedServer } from '#e2e/support/owned-server.ts';
import { serversAsCsv, serversAsJson } from './export-servers.ts';

const NOW = new Date('2026-02-01T00:00:00.000Z');

/** Reads CSV as RFC 4180 has it. */
function parseCsv(text: string): string[][] {
  const rows: string[][] = [[]];
  const cells = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/g;
  for (const [, quoted, plain = '', end] of text.matchAll(cells)) {
    rows.at(-1)?.push(quoted?.replaceAll('""', '"') ?? plain);
    if (end === '\r\n') rows.push([]);
  }
  return rows.slice(0, -1);
}

const cellsOf = (text: string) => {
  const [head = [], ...rows] = parseCsv(text);
  return rows.map((row) => Object.fromEntries(head.map((name, at) => [name, row[at]])));
};

describe('servers as CSV', () => {
  it('has a line for each under one of headings, with figures as they are', () => {
    const calls = { lastAt: null, in7Days: 12, in30Days: 40, errorShare: 0.25 };
    const text = serversAsCsv([ownedServer('acme/weather', { uses: 7, calls }), ownedServer('acme')], NOW);
    expect(text.split('\r\n')).toHaveLength(4);
    expect(cellsOf(text)).toMatchObject([
      { 'Qualified name': 'acme/weather', Uses: '7', 'Calls in 7 days': '12', 'Share of errors': '0.25' },
      { 'Qualified name': 'acme' },
    ]);
  });

  it('keeps commas, quotes and lines of a text together', () => {
    const description = 'Says "hello",\r\nthen\nleaves, ';
    expect(cellsOf(serversAsCsv([ownedServer('acme/a', { description })], NOW))).toMatchObject([
      { Description: description },
    ]);
  });

  it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', '＝1'])(
    'lets no spreadsheet calculate %j',
    (displayName) => {
      const server = ownedServer('acme/a', { displayName, description: displayName, tools: [displayName] });
      const [cells = {}] = cellsOf(serversAsCsv([server], NOW));
      for (const name of ['Display name', 'Description', 'Tools'])
        expect(cells[name]).toBe(`'${displayName}`);
    },
  );

  it('leaves empty what is not known or not there, and says 0 where it is 0', () => {
    const server = ownedServer('acme/a', {
      latestRelease: null,
      liveRelease: null,
      calls: {},
      state: 'unknown',
    });
    delete server.uses;
    const [cells = {}] = cellsOf(serversAsCsv([server], NOW));
    expect(cells).toMatchObject({ Uses: '', 'Last call': '', 'Calls in 7 days': '', State: 'Unknown' });
    expect(cellsOf(serversAsCsv([ownedServer('acme/b')], NOW))).toMatchObject([{ Uses: '0' }]);
  });

  it('says why one needs attention', () => {
    const server = ownedServer('acme/a', { state: 'failed' });
    expect(cellsOf(serversAsCsv([server], NOW))).toMatchObject([
      { 'Needs attention': 'The latest release failed, and none ever ran.' },
    ]);
  });
});

describe('servers as JSON', () => {
  it('is what the index tells', () => {
    const servers = [ownedServer('acme/a'), ownedServer('acme/b')];
    expect(JSON.parse(serversAsJson(servers))).toEqual(servers);
  });
});
