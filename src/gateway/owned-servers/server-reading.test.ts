import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { OwnedServer, OwnedServerPage } from '#contract/owned-servers.ts';
import {
  countsOf,
  filled,
  findServer,
  startFillingWorld,
  type FillingWorld,
} from '#e2e/support/filling-world.ts';
import {
  type AnswerKind,
  hostileAnswer,
  hostileSteps,
  promisedAnswers,
} from '#e2e/support/hostile-answers.ts';
import type { RunningGateway } from '#e2e/support/running-gateway.ts';
import { parseJson } from '#gateway/registry/response-parsing.ts';
import { ownedServerPage, serverCounts } from './owned-server-answers.ts';
import type { ServerFacts } from './remote-server-facts.ts';
import { readDetails } from './server-reading.ts';

const RUNS = Number(process.env['TOUCHMARK_TEST_RUNS'] ?? 12);
const NOW = new Date('2026-06-01T12:00:00.000Z');
const DAY = 86_400_000;

const ago = (days: number): string => new Date(NOW.getTime() - days * DAY).toISOString();
const call = (days: number, status: unknown = 200, outcome: unknown = 'ok') => ({
  timestamp: ago(days),
  response: { status, outcome },
});

/** What is read of a server whose answers are as promised but for those that are given, by the end of their path. */
async function readFrom(
  given: Record<string, (query: Record<string, string>) => unknown>,
  before = {},
): Promise<Partial<ServerFacts> & { asked: string[] }> {
  const asked: string[] = [];
  const read = await readDetails(
    async (path, query = {}) => {
      asked.push(path);
      const part = decodeURIComponent(path).split('/').slice(4).join('/');
      const answer = given[part]?.(query) ?? promised(part);
      if (typeof answer === 'number') {
        const body = Buffer.from(JSON.stringify({ error: 'No' }));
        return { kind: 'answered', status: answer, headers: new Headers(), body };
      }
      return {
        kind: 'answered',
        status: 200,
        headers: new Headers(),
        body: Buffer.from(JSON.stringify(answer)),
      };
    },
    'acme/weather',
    before as ServerFacts,
    () => NOW,
  );
  expect(read.kind).toBe('read');
  return { ...(read.kind === 'read' ? read.parts : {}), asked };
}

function promised(part: string): unknown {
  if (part === '') return promisedAnswers.server();
  if (part === 'releases' || part === 'domains' || part === 'logs') return promisedAnswers[part]();
  return { id: 'release-2', status: 'FAILURE', logs: [{ message: 'It broke' }] };
}

describe('the calls of a server', () => {
  const callsFrom = async (logs: (query: Record<string, string>) => unknown) => {
    const { calls } = await readFrom({ logs });
    const { at, ...told } = calls ?? { at: null };
    return [at === null ? 'not told' : 'told', told];
  };

  it('are counted from one answer where it has all of them', async () => {
    const invocations = [call(1), call(6, 500), call(8), call(29, 200, 'exception')];
    expect(await callsFrom(() => ({ invocations, total: 4 }))).toEqual([
      'told',
      { lastAt: ago(1), in7Days: 2, in30Days: 4, errorShare: 0.5, errorSample: 4 },
    ]);
  });

  it('are counted by their totals where there are more, and errors by the newest hundred', async () => {
    const invocations = Array.from({ length: 100 }, (_, i) => call(i / 100, i < 25 ? 502 : 200));
    const logs = ({ from, limit }: Record<string, string>) =>
      limit === '1' && from === ago(7)
        ? { invocations: [call(0)], total: 4000 }
        : { invocations, total: 9000 };
    expect(await callsFrom(logs)).toEqual([
      'told',
      { lastAt: ago(0), in7Days: 4000, in30Days: 9000, errorShare: 0.25, errorSample: 100 },
    ]);
  });

  it('were long ago, or are not known to be none ever', async () => {
    const none = { invocations: [], total: 0 };
    expect(
      await callsFrom(({ from }) => (from === undefined ? { invocations: [call(200)], total: 1 } : none)),
    ).toEqual(['told', { in7Days: 0, in30Days: 0, errorShare: null, lastAt: ago(200) }]);
    expect(await callsFrom(() => none)).toEqual(['told', { in7Days: 0, in30Days: 0, errorShare: null }]);
  });

  it.each<[string, unknown, object]>([
    ['without a total', { invocations: [call(1)] }, { lastAt: ago(1), errorShare: 0, errorSample: 1 }],
    ['with a total that is none', { invocations: [], total: 'many' }, {}],
    [
      'with a total below what is listed',
      { invocations: [call(1), call(2)], total: 1 },
      { lastAt: ago(1), errorShare: 0, errorSample: 2 },
    ],
    [
      'that is empty by its total alone',
      { invocations: [call(1)], total: 0 },
      { lastAt: ago(1), errorShare: 0, errorSample: 1 },
    ],
    ['with an entry that cannot be read', { invocations: [null, call(1)], total: 2 }, { in30Days: 2 }],
    [
      'with a time that is none',
      { invocations: [{ ...call(1), timestamp: 'now' }], total: 1 },
      { in30Days: 1 },
    ],
    ['oldest first', { invocations: [call(2), call(1)], total: 2 }, { in30Days: 2 }],
    ['of the future', { invocations: [call(-400)], total: 1 }, { in30Days: 1 }],
    [
      'with a status that is none',
      { invocations: [call(1, 'odd')], total: 1 },
      { lastAt: ago(1), in7Days: 1, in30Days: 1 },
    ],
    [
      'with more in a week than in a month',
      { invocations: [call(1)], total: 50 },
      { lastAt: ago(1), in30Days: 50, errorShare: 0, errorSample: 1 },
    ],
  ])('are not made up from a log %s', async (_, log, told) => {
    // No total of a week that could be told of instead.
    const total = JSON.stringify(log).includes('"total":50') ? 51 : null;
    const week = { invocations: [], total };
    expect(await callsFrom(({ limit }) => (limit === '1' ? week : log))).toEqual(['told', told]);
  });

  it('stay as they were where the log fails, and are not told where it is refused', async () => {
    const before = { calls: { at: ago(1), in7Days: 3 } };
    expect(await readFrom({ logs: () => 500 }, before)).toMatchObject(before);
    expect(await readFrom({ logs: () => 403 }, before)).not.toHaveProperty('calls');
  });
});

describe('the releases of a server', () => {
  const release = (id: unknown, status: unknown, rest = {}) => ({
    id,
    status,
    type: 'external_shttp',
    createdAt: ago(3),
    ...rest,
  });
  const releasesFrom = async (releases: unknown, totalCount: unknown = 2) => {
    const read = await readFrom({
      releases: () => ({ releases, pagination: { totalCount, totalPages: 1 } }),
    });
    const { at: _, ...told } = read.releases ?? { at: '' };
    return told;
  };
  const failed = { id: 'b', status: 'FAILURE', at: ago(3), reason: 'It broke' };

  it('tell the latest with its reason, and the one that is live', async () => {
    const live = { id: 'a', type: 'external_shttp', at: ago(3) };
    const { asked } = await readFrom({});
    expect(asked).toContain('/servers/acme%2Fweather/releases/release-2');
    expect(await releasesFrom([release('release-2', 'FAILURE'), release('a', 'SUCCESS')])).toEqual({
      latest: { ...failed, id: 'release-2' },
      live,
    });
    // What is known of a release that ended is not asked for again.
    const { asked: again } = await readFrom(
      {},
      {
        releases: { at: ago(1), latest: { id: 'release-2', status: 'FAILURE', at: ago(3), reason: 'Known' } },
      },
    );
    expect(again).not.toContain('/servers/acme%2Fweather/releases/release-2');
  });

  it('tell nothing of what cannot be read', async () => {
    const latest = { id: 'b', status: 'WORKING', at: ago(3) };
    expect(await releasesFrom([null, release('a', 'SUCCESS')])).toEqual({});
    expect(await releasesFrom([release('b', 'WORKING'), null])).toEqual({ latest });
    expect(await releasesFrom([release('b', 'WORKING'), release('a', 7)])).toEqual({ latest });
    expect(await releasesFrom([release(3, 'SUCCESS')], 1)).toEqual({});
    expect(await releasesFrom([release('b', 'WORKING', { createdAt: 'soon' })], 1)).toEqual({ live: null });
    // One that is not listed may be live.
    expect(await releasesFrom([release('b', 'WORKING')], 40)).toEqual({ latest });
    expect(await releasesFrom([], 3)).toEqual({});
    expect(await releasesFrom([], 0)).toEqual({ latest: null, live: null });
    expect(await releasesFrom('none')).toEqual({});
  });
});

const text = z.string().max(4000);
const strict = z.strictObject({
  id: z.string().max(200).optional(),
  qualifiedName: text,
  namespace: text,
  displayName: z.string().min(1).max(300),
  description: text,
  iconUrl: z.string().startsWith('/api/servers/').nullable(),
  state: z.string(),
  createdAt: z.iso.datetime().optional(),
  uses: z.int().min(0).optional(),
  latestRelease: z
    .strictObject({
      id: text,
      status: text,
      at: z.iso.datetime(),
      reason: z.string().max(300).nullable().optional(),
    })
    .nullable()
    .optional(),
  liveRelease: z
    .strictObject({ id: text, type: text.nullable(), at: z.iso.datetime() })
    .nullable()
    .optional(),
  calls: z.strictObject({
    lastAt: z.iso.datetime().optional(),
    in7Days: z.int().min(0).optional(),
    in30Days: z.int().min(0).optional(),
    errorShare: z.number().min(0).max(1).nullable().optional(),
    errorSample: z.int().min(1).optional(),
  }),
  tools: z.array(z.string().max(300)).max(1000).optional(),
  domains: z.array(z.string().max(500)).max(10_000).optional(),
  asOf: z.iso.datetime(),
});

/** The part of a server that each answer alone decides. */
const PARTS: Partial<Record<AnswerKind, (server: OwnedServer) => unknown>> = {
  server: ({ tools }) => tools,
  releases: ({ latestRelease, liveRelease }) => [latestRelease, liveRelease],
  domains: ({ domains }) => domains,
  logs: ({ calls }) => calls,
};

describe('whatever a registry answers', () => {
  let world: FillingWorld;
  let gateway: RunningGateway;
  beforeAll(async () => {
    world = await startFillingWorld('sqlite');
    gateway = await world.start();
  });
  afterAll(async () => world.stop());

  let keys = 0;
  /** Reads with a new key, with these answers in place of the promised ones. */
  const readWith = async (given: Partial<Record<AnswerKind, string>>) => {
    const apiKey = `smry_${(keys += 1)}`;
    world.registry.owners.set(apiKey, ['acme']);
    world.registry.script = ({ target }, response) => {
      const [path = ''] = target.split('?');
      const [, resource, name, part] = path.split('/');
      if (resource !== 'servers' || path.split('/').length > 4) return undefined;
      const kind = name === undefined ? 'serverList' : (part ?? 'server');
      const body = given[kind as AnswerKind] ?? JSON.stringify(promisedAnswers[kind as AnswerKind]());
      response.writeHead(200, { 'Content-Type': 'application/json' }).end(body);
      return true;
    };
    const visitor = await world.signedIn(gateway, apiKey);
    const answer = await visitor.call('/api/-/servers');
    if (answer.status !== 200) return { status: answer.status, page: undefined, counts: undefined };
    const page = await filled(visitor);
    const counts = await countsOf(visitor);
    await visitor.call('/api/-/session', { method: 'DELETE' });
    return { status: 200, page, counts };
  };

  it('its index is whole, and what the other answers tell stays as they tell it', async () => {
    const honest = (await readWith({})).page as OwnedServerPage;
    const kinds = ['serverList', 'server', 'releases', 'domains', 'logs'] as const;
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...kinds), hostileSteps, async (kind, steps) => {
        const body = hostileAnswer(kind, steps);
        const { status, page, counts } = await readWith({ [kind]: body });
        // The answer as a whole was none.
        expect([status, kind]).toEqual(page === undefined ? [502, 'serverList'] : [200, kind]);
        if (page === undefined) return;
        expect(z.array(strict).safeParse(page.servers).error).toBeUndefined();
        const lost = { entries: 0, values: 0 };
        expect(ownedServerPage(parseJson(Buffer.from(JSON.stringify(page))), lost)).toEqual(page);
        expect(serverCounts(counts, lost)).toEqual(counts);
        expect(lost).toEqual({ entries: 0, values: 0 });
        expect(counts.total).toBe(page.servers.length);
        if (kind === 'serverList') return;
        const [was, is] = [honest, page].map((from) => findServer(from, 'acme/weather'));
        for (const [other, partOf] of Object.entries(PARTS)) {
          // Where the server's own page is unreadable, nothing more is asked.
          if (other === kind || kind === 'server' || was === undefined || is === undefined) continue;
          expect([other, partOf(is)]).toEqual([other, partOf(was)]);
        }
      }),
      { numRuns: RUNS },
    );
  });
});
