import type { Engine } from '#database/engine.ts';
import { createTestDatabase } from './databases.ts';
import { startDesk, type Desk } from './desk.ts';

/** A built desk, and how a command finds its data. */
interface DeskOnEngine {
  desk: Desk;
  /** With PostgreSQL the folder is not looked at. */
  place: string[];
  stop: () => Promise<void>;
}

/** Starts a built desk without samples on either engine, for commands beside it. */
export async function startDeskOn(engine: Engine, args: string[] = []): Promise<DeskOnEngine> {
  const database = engine === 'postgres' ? await createTestDatabase(engine) : undefined;
  const onDatabase =
    database?.location.engine === 'postgres' ? ['--database', database.location.url] : undefined;
  const desk = await startDesk({ args: ['--no-samples', ...args, ...(onDatabase ?? [])] });
  return {
    desk,
    place: onDatabase ?? ['--data', desk.dataFolder],
    async stop() {
      await desk.stop();
      await database?.drop();
    },
  };
}
