import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTestDatabase, engines, type TestDatabase } from '#e2e/support/databases.ts';
import { eventually } from '#e2e/support/test-desk.ts';
import { findRunning, joinProcesses, listProcesses, type Processes } from './processes.ts';

const QUICK = { beatMs: 50, leaseMs: 500 };
const NEVER_AGAIN = { ...QUICK, beatMs: 3_600_000 };

describe.each(engines)('processes on one %s database', (engine) => {
  let database: TestDatabase;
  const joined: Processes[] = [];
  beforeEach(async () => {
    database = await createTestDatabase(engine);
  });
  afterEach(async () => {
    await Promise.all(joined.splice(0).map((process) => process.leave()));
    await database.drop();
  });

  const join = async (options: Partial<Parameters<typeof joinProcesses>[0]> = {}) => {
    const process = await joinProcesses({
      db: database.db,
      registry: 'embedded',
      url: 'http://127.0.0.1:4000',
      now: () => new Date(),
      alone: false,
      onBeat: async () => {},
      times: QUICK,
      ...options,
    });
    joined.push(process);
    return process;
  };

  it('know of each other for as long as they give signs of life, however long that is', async () => {
    const [first, second] = [await join(), await join()];
    await sleep(3 * QUICK.leaseMs);
    expect(await first.gone([first.id, second.id])).toEqual([]);
    expect(await second.gone([first.id, second.id])).toEqual([]);
    expect((await findRunning(database.db, QUICK)).length).toBeGreaterThan(0);
  });

  it('are gone once they were silent for a whole lease, and not because another began to look', async () => {
    const silent = await join({ times: NEVER_AGAIN });
    const other = await join();
    expect(await other.gone([silent.id])).toEqual([]);
    await sleep(QUICK.leaseMs / 2);
    expect(await other.gone([silent.id])).toEqual([]);
    expect(
      await eventually(
        () => other.gone([silent.id]),
        ({ length }) => length > 0,
      ),
    ).toEqual([silent.id]);
    const left = await eventually(
      () => listProcesses(database.db),
      ({ length }) => length === 1,
    );
    expect(left.map(({ id }) => id)).toEqual([other.id]);
  });

  it('are gone at once when they say goodbye, or were never there', async () => {
    const [leaving, other] = [await join(), await join()];
    await leaving.leave();
    expect(await other.gone([leaving.id, 'never', ''])).toEqual([leaving.id, 'never', '']);
  });

  it('make themselves known again after a long sleep, before they do anything', async () => {
    const sleeper = await join({ times: NEVER_AGAIN });
    const other = await join();
    await eventually(
      () => listProcesses(database.db),
      ({ length }) => length === 1,
    );
    await sleeper.present();
    expect(await other.gone([sleeper.id])).toEqual([]);
  });

  it('are all gone for one that is alone', async () => {
    const before = await join({ times: NEVER_AGAIN });
    const alone = await join({ alone: true });
    expect(await alone.gone([before.id])).toEqual([before.id]);
  });

  it('go on giving signs of life although what is done with each fails', async () => {
    let beats = 0;
    const process = await join({
      onBeat: async () => {
        beats++;
        throw new Error('not now');
      },
    });
    await eventually(
      async () => beats,
      (count) => count > 2,
    );
    expect(beats).toBeGreaterThan(2);
    expect((await listProcesses(database.db)).map(({ id }) => id)).toEqual([process.id]);
  });
});
