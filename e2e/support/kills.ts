import { randomInt } from 'node:crypto';
import type { TestContext } from 'vitest';
import { createRandom } from '#registry/samples/random.ts';
import type { Desk } from './desk.ts';

/** How often each test kills its desk; `npm run test:long` asks for more. */
export const KILLS = Number(process.env['TOUCHMARK_TEST_KILLS'] ?? 10);

/** Long enough for so many kills on a slow machine. */
export const KILLS_TIMEOUT = { timeout: 60_000 + KILLS * 20_000 };

/** When a desk is killed: so many milliseconds after so many writes were acknowledged. */
interface KillMoment {
  acknowledged: number;
  delayMs: number;
}

/**
 * The moments of a test's kills among so many writes. Every number of acknowledged writes comes as often as any other;
 * chance decides the order and the milliseconds. A failure tells the seed that repeats them.
 */
export function killMoments(writes: number, { onTestFailed }: TestContext): KillMoment[] {
  const seed = Number(process.env['TOUCHMARK_TEST_SEED'] ?? randomInt(2 ** 31));
  onTestFailed(() => {
    process.stderr.write(`The desk was killed at the moments of TOUCHMARK_TEST_SEED=${seed}.\n`);
  });
  const random = createRandom(seed);
  let left: number[] = [];
  return Array.from({ length: KILLS }, () => {
    if (left.length === 0) left = Array.from({ length: writes }, (_, count) => count);
    const [acknowledged = 0] = left.splice(random.integer(0, left.length - 1), 1);
    return { acknowledged, delayMs: random.integer(0, acknowledged === 0 ? 20 : 4) };
  });
}

/**
 * Sends everything at once, kills the desk at that moment, and returns what was acknowledged. Each `send` resolves
 * with whether it was.
 */
export async function killAmong<Write>(
  desk: Desk,
  writes: Write[],
  send: (write: Write) => Promise<boolean>,
  moment: KillMoment,
): Promise<Write[]> {
  const acknowledged: Write[] = [];
  let isTime = (): void => {};
  const time = new Promise<void>((resolve) => {
    isTime = () => void setTimeout(resolve, moment.delayMs);
  });
  if (moment.acknowledged === 0) isTime();
  // The kill breaks most of them off.
  const answered = Promise.allSettled(
    writes.map(async (write) => {
      if (!(await send(write))) return;
      acknowledged.push(write);
      if (acknowledged.length === moment.acknowledged) isTime();
    }),
  );
  await Promise.race([time, answered]);
  await desk.kill();
  await answered;
  return acknowledged;
}
