import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { repeat } from './repeated-work.ts';

/** Work that ends when the test says so. */
function startedWork(options: { everyMs?: number } = {}) {
  const waiting: { resolve: () => void; reject: (error: Error) => void; signal: AbortSignal }[] = [];
  const errors: unknown[] = [];
  const repeated = repeat(
    async (signal) =>
      new Promise<void>((resolve, reject) => {
        waiting.push({ resolve, reject, signal });
      }),
    { firstMs: 0, everyMs: options.everyMs ?? 60_000, onError: (error) => errors.push(error) },
  );
  const begun = async (count: number) => {
    while (waiting.length < count) await sleep(1);
  };
  return { repeated, waiting, errors, begun };
}

describe('work that is done again and again', () => {
  it('is done anew after each time, also after one that failed', async () => {
    const { repeated, waiting, errors, begun } = startedWork({ everyMs: 1 });
    await begun(1);
    waiting[0]?.reject(new Error('no luck'));
    await begun(2);
    waiting[1]?.resolve();
    await begun(3);
    waiting[2]?.resolve();
    expect(errors).toEqual([new Error('no luck')]);
    await repeated.close();
  });

  it('is never done twice at once, and once more where it was asked for meanwhile', async () => {
    const { repeated, waiting, begun } = startedWork();
    await begun(1);
    repeated.soon();
    repeated.soon();
    await sleep(5);
    expect(waiting).toHaveLength(1);
    waiting[0]?.resolve();
    await begun(2);
    waiting[1]?.resolve();
    await sleep(5);
    expect(waiting).toHaveLength(2);
    repeated.soon();
    await begun(3);
    waiting[2]?.resolve();
    await repeated.close();
  });

  it('ends only after what is under way, which is told, and is not done any more', async () => {
    const { repeated, waiting, begun } = startedWork({ everyMs: 1 });
    await begun(1);
    repeated.soon();
    const closed = repeated.close();
    expect(waiting[0]?.signal.aborted).toBe(true);
    expect(await Promise.race([closed.then(() => 'closed'), sleep(5)])).toBeUndefined();
    waiting[0]?.resolve();
    await closed;
    repeated.soon();
    await sleep(5);
    expect(waiting).toHaveLength(1);
  });
});
