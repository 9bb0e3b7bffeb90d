import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createRequestPace } from './request-pace.ts';

const request = () => new Request('http://registry.internal/servers');
const never = new AbortController().signal;

/** A pace over a registry that answers with what is told. */
const paceOf = (answer: () => Response, perSecond = 5) =>
  createRequestPace({ fetch: async () => answer(), perSecond, now: () => new Date() });

/** When each of so many turns came, in milliseconds from the first call on. */
async function turnsOf(pace: ReturnType<typeof paceOf>, count: number): Promise<number[]> {
  const began = performance.now();
  return Promise.all(
    Array.from({ length: count }, async () => {
      await pace.turn(never);
      return performance.now() - began;
    }),
  );
}

describe.concurrent('the pace of a registry', () => {
  it('lets no more go in any second than it is told', async () => {
    const turns = await turnsOf(
      paceOf(() => new Response()),
      12,
    );
    const spans = turns.slice(5).map((turn, i) => turn - (turns[i] ?? 0));
    expect(Math.min(...spans)).toBeGreaterThan(1000);
  });

  it('counts what people ask for, which never waits', async () => {
    const pace = paceOf(() => new Response());
    const began = performance.now();
    for (let i = 0; i < 20; i++) await pace.counted(request());
    await pace.turn(never);
    expect(performance.now() - began).toBeGreaterThan(1000);
  });

  it('waits as long as the registry says, whoever was told', async () => {
    for (const [status, fetch] of [
      [429, 'counted'],
      [503, 'inTurn'],
    ] as const) {
      const pace = paceOf(() => new Response(null, { status, headers: { 'Retry-After': '1' } }));
      await pace[fetch](request());
      const [first = 0] = await turnsOf(pace, 1);
      expect(first).toBeGreaterThan(950);
    }
  });

  it.each([
    ['it is not told how long', {}],
    ['it is told to come at once', { 'Retry-After': '0' }],
    ['it is told a time that is past', { 'Retry-After': 'Thu, 01 Jan 1970 00:00:00 GMT' }],
  ])('waits for seconds where %s', async (_, headers) => {
    const pace = paceOf(() => new Response(null, { status: 429, headers: new Headers(headers) }));
    await pace.inTurn(request());
    const giveUp = new AbortController();
    const outcome = pace.turn(giveUp.signal).then(
      () => 'came',
      () => 'given up',
    );
    expect(await Promise.race([outcome, sleep(600, 'waits')])).toBe('waits');
    giveUp.abort();
    expect(await outcome).toBe('given up');
  });

  it('lets the next go where one before has given up', async () => {
    const pace = paceOf(() => new Response(), 1);
    await pace.turn(never);
    const giveUp = new AbortController();
    const first = pace.turn(giveUp.signal);
    const second = pace.turn(never);
    giveUp.abort();
    await expect(first).rejects.toThrow();
    await second;
  });
});
