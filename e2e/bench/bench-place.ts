import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Engine } from '#database/engine.ts';
import type { DatabaseLocation } from '#database/open.ts';
import { startPostgres } from '../support/postgres.ts';

/** Where a measurement may leave what it likes: an empty database, and a folder. Both go afterwards. */
export async function withPlace<Result>(
  engine: Engine,
  work: (location: DatabaseLocation, folder: string) => Promise<Result>,
): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), 'touchmark-bench-'));
  const postgres = engine === 'postgres' ? await startPostgres() : undefined;
  try {
    const location: DatabaseLocation =
      postgres === undefined
        ? { engine: 'sqlite', path: join(folder, 'bench.db') }
        : { engine: 'postgres', url: postgres.url };
    return await work(location, folder);
  } finally {
    await postgres?.stop();
    await rm(folder, { recursive: true, force: true });
  }
}
