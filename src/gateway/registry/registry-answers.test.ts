import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { ListedServer, ReleaseListAnswer, ServerDetail } from '#contract/registry-answers.ts';
import {
  type AnswerKind,
  hostileAnswer,
  hostileSteps,
  promisedAnswers,
} from '#e2e/support/hostile-answers.ts';
import { jsonDepth } from '#platform/json-depth.ts';
import type { Reading } from './lenient-shapes.ts';
import {
  domainList,
  logList,
  namespaceList,
  readAnswer,
  releaseList,
  secretList,
  serverDetail,
  serverList,
} from './registry-answers.ts';

const RUNS = Number(process.env['TOUCHMARK_TEST_RUNS'] ?? 1000);

const readings: Record<AnswerKind, Reading<object>> = {
  serverList,
  server: serverDetail('acme/weather'),
  releases: releaseList,
  secrets: secretList,
  domains: domainList,
  logs: logList,
  namespaces: namespaceList,
};
const kinds = Object.keys(readings) as AnswerKind[];

const text = z.string().max(4000);
const orNothing = z.string().max(2000).nullable();
const flag = z.boolean().nullable();
const count = z.number().int().min(0).nullable();
const time = z.iso.datetime({ precision: 3 }).nullable();
const named = {
  qualifiedName: z.string().max(300),
  displayName: z.string().min(1).max(300),
  description: text,
};
const pagination = z.strictObject({ totalPages: count, totalCount: count });

// All that pages may rely on.
const promises: Record<AnswerKind, z.ZodType> = {
  serverList: z.strictObject({
    servers: z.array(
      z.strictObject({
        ...named,
        id: orNothing,
        namespace: orNothing,
        slug: orNothing,
        homepage: orNothing,
        iconUrl: orNothing,
        createdAt: time,
        useCount: count,
        verified: flag,
        remote: flag,
        isDeployed: flag,
      }),
    ),
    pagination,
  }),
  server: z.strictObject({
    ...named,
    qualifiedName: z.literal('acme/weather'),
    iconUrl: orNothing,
    remote: flag,
    deploymentUrl: orNothing,
    connections: z
      .array(
        z.union([
          z.strictObject({
            type: z.literal('http'),
            deploymentUrl: orNothing,
            transport: z.literal('sse').nullable(),
          }),
          z.strictObject({
            type: z.literal('stdio'),
            bundleUrl: orNothing,
            signer: z
              .strictObject({
                subject: text,
                issuer: text,
                validFrom: z.string(),
                validTo: z.string(),
                isSelfSigned: flag,
                fingerprint: text,
                isVerified: flag,
              })
              .nullable(),
          }),
        ]),
      )
      .nullable(),
    tools: z
      .array(
        z.strictObject({
          name: z.string().min(1).max(200),
          description: text.nullable(),
          inputSchema: z.record(z.string(), z.unknown()).nullable(),
        }),
      )
      .nullable(),
    toolCount: count,
    security: z.strictObject({ scanPassed: z.boolean() }).nullable(),
  }),
  releases: z.strictObject({
    releases: z.array(
      z
        .strictObject({
          id: orNothing,
          status: orNothing,
          type: orNothing,
          createdAt: time,
          branch: orNothing,
          commit: orNothing,
          commitMessage: orNothing,
          upstreamUrl: orNothing,
        })
        .nullable(),
    ),
    pagination,
  }),
  secrets: z.array(z.strictObject({ name: z.string().min(1), lost: z.boolean().nullable() })),
  domains: z.strictObject({ domains: z.array(z.strictObject({ hostname: z.string().min(1) })) }),
  logs: z.strictObject({ total: count }),
  namespaces: z.strictObject({ namespaces: z.array(z.strictObject({ name: z.string().min(1) })) }),
};

const readText = (kind: AnswerKind, json: string) =>
  readAnswer(new TextEncoder().encode(json), readings[kind]);
const read = (kind: AnswerKind, answer: unknown) => readText(kind, JSON.stringify(answer));

/** The fields of what was read that are not the answer's own: neither whole, nor cut, nor null, nor made of its name. */
function inventedFields(read: object, given: unknown, except: readonly string[] = []): string[] {
  const held = given as Record<string, unknown>;
  const isHeld = ([key, value]: [string, unknown]): boolean => {
    if (value === null || except.includes(key)) return true;
    if (typeof value !== 'string') return JSON.stringify(value) === JSON.stringify(held[key]);
    if (key === 'description' && value === '') return true;
    if (key === 'displayName' && value === (read as ListedServer).qualifiedName) return true;
    if (typeof held[key] !== 'string') return false;
    if (key === 'createdAt')
      return held[key].startsWith(value.slice(0, 10)) || /[+-]\d\d:\d\d$/.test(held[key]);
    const bare = (text: string) => text.replaceAll(/[\p{Cs}\ufffd]/gu, '');
    return bare(held[key]).startsWith(bare(value.replace(/…$/u, '')));
  };
  return Object.entries(read)
    .filter((field) => !isHeld(field))
    .map(([key]) => key);
}

/** What was read although the answer does not hold it. */
function falseClaims(kind: AnswerKind, answer: unknown, given: unknown, lost: number): string[] {
  if (kind === 'serverList') {
    const { servers } = answer as { servers: ListedServer[] };
    const entries = (given as { servers: { qualifiedName?: unknown }[] }).servers;
    const invented = servers.flatMap((server) =>
      inventedFields(
        server,
        entries.find((entry) => entry?.qualifiedName === server.qualifiedName),
      ),
    );
    return servers.length + lost > entries.length ? ['more entries than there are', ...invented] : invented;
  }
  if (kind === 'server') {
    const { tools, toolCount, ...rest } = answer as ServerDetail;
    const count = tools === null ? null : (given as { tools: unknown[] }).tools.length;
    const invented = inventedFields(rest, given, ['qualifiedName', 'connections']);
    return toolCount === count && (tools?.length ?? 0) <= (count ?? 0)
      ? invented
      : ['toolCount', ...invented];
  }
  if (kind !== 'releases') return [];
  const entries = (given as { releases: unknown[] }).releases;
  return (answer as ReleaseListAnswer).releases.flatMap((release, index) =>
    release === null ? [] : inventedFields(release, entries[index]),
  );
}

describe('an answer of a registry', () => {
  it.each(kinds)('that is as promised is read whole (%s)', (kind) => {
    const { answer, unreadable } = read(kind, promisedAnswers[kind]()) ?? {};
    expect(unreadable).toEqual({ entries: 0, values: 0 });
    expect(promises[kind].safeParse(answer).error).toBeUndefined();
  });

  it.each(kinds)('is what pages rely on or no answer, whatever it holds (%s)', (kind) => {
    fc.assert(
      fc.property(hostileSteps, (steps) => {
        const json = hostileAnswer(kind, steps);
        const { answer, unreadable } = readText(kind, json) ?? {};
        if (answer === undefined || unreadable === undefined) return;
        const given = JSON.parse(json) as unknown;
        expect(promises[kind].safeParse(answer).error).toBeUndefined();
        expect(jsonDepth(JSON.stringify(answer))).toBeLessThan(50);
        expect(falseClaims(kind, answer, given, unreadable.entries)).toEqual([]);
      }),
      { numRuns: RUNS },
    );
  });

  it('is none where it is another server’s, or not an object', () => {
    for (const answer of [
      { ...promisedAnswers.server(), qualifiedName: 'acme/other' },
      { ...promisedAnswers.server(), qualifiedName: 'acme' },
      { ...promisedAnswers.server(), qualifiedName: { toString: 'acme/weather' } },
      [],
      'acme/weather',
      7,
      null,
    ]) {
      expect(read('server', answer)).toBeUndefined();
    }
  });

  it('that is less than promised still makes a page', () => {
    expect(read('server', {})).toEqual({
      unreadable: { entries: 0, values: 0 },
      answer: {
        qualifiedName: 'acme/weather',
        displayName: 'acme/weather',
        description: '',
        iconUrl: null,
        remote: null,
        deploymentUrl: null,
        connections: null,
        tools: null,
        toolCount: null,
        security: null,
      },
    });
  });

  it('is counted in what of it is lost', () => {
    const [first, second] = promisedAnswers.serverList().servers;
    const given = {
      servers: [
        null,
        { ...first, qualifiedName: 'acme/\ud800' },
        { ...first, id: 7, verified: 'false', useCount: -1, description: null },
        { ...second, id: null },
        { ...second, id: 'another' },
        { ...first, qualifiedName: 'acme/same-id' },
      ],
    };
    const { answer, unreadable } = read('serverList', given) ?? {};
    expect(unreadable).toEqual({ entries: 3, values: 3 });
    expect((answer as { servers: ListedServer[] }).servers).toMatchObject([
      { qualifiedName: 'acme/weather', id: null, verified: null, useCount: null, description: '' },
      { qualifiedName: 'acme/calendar', id: null },
      { qualifiedName: 'acme/same-id', id: 'id-weather' },
    ]);
  });

  it('keeps a release that cannot be read in its place', () => {
    const releases = [null, promisedAnswers.releases().releases[1]];
    expect(read('releases', { releases })?.answer).toMatchObject({ releases: [null, { status: 'SUCCESS' }] });
  });

  it('loses a schema that lies too deep, and keeps its tool', () => {
    const schema = '{"properties":{"x":'.repeat(4000) + '{}' + '}}'.repeat(4000);
    const tools = `[{"name":"look","description":null,"inputSchema":${schema}}]`;
    expect(readText('server', `{"tools":${tools}}`)).toMatchObject({
      unreadable: { entries: 0, values: 1 },
      answer: { tools: [{ name: 'look', inputSchema: null }] },
    });
  });

  it('does not look empty where nothing of it could be read', () => {
    const answer = { ...promisedAnswers.server(), tools: [null], connections: [{ type: 'constructor' }] };
    expect(read('server', answer)?.answer).toMatchObject({ tools: null, connections: null });
  });

  it('tells no namespaces where the registry counts some', () => {
    const told = (totalCount: unknown) =>
      read('namespaces', { namespaces: [], pagination: { currentPage: 'x', totalPages: 1, totalCount } });
    expect(told(2)).toBe(undefined);
    for (const count of [0, null, 'x']) expect(told(count)?.answer).toEqual({ namespaces: [] });
  });

  it('names each namespace once, and none that cannot be asked for', () => {
    const namespaces = ['b', 'a', 'a', 'x/y', '..', '\ud800', 7].map((name) => ({ name }));
    expect(read('namespaces', { namespaces })).toEqual({
      unreadable: { entries: 4, values: 0 },
      answer: { namespaces: [{ name: 'b' }, { name: 'a' }] },
    });
  });
});
