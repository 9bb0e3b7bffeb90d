import { join } from 'node:path';
import type { Kysely } from 'kysely';
import { openDatabaseAsItIs } from '#database/open.ts';
import type { Database } from '#database/schema.ts';
import { startDesk, type Desk } from '../support/desk.ts';
import { fillRegistry } from './fill-registry.ts';

export interface FilledDesk extends Desk {
  apiKey: string;
}

interface FilledDeskOptions {
  /** True where each server has a release. */
  released?: boolean;
  /** What else becomes of the filled database before the desk starts. */
  also?: (db: Kysely<Database>) => Promise<void>;
  /** A built program of another version; its own tables are filled as they are. */
  program?: string;
}

/** A desk whose owner has this many servers, all in the namespace `bench`. */
export async function filledDesk(
  count: number,
  { released = false, also, program }: FilledDeskOptions = {},
): Promise<FilledDesk> {
  const options = { args: ['--no-samples'], ...(program === undefined ? {} : { program }) };
  const empty = await startDesk(options);
  await empty.stop({ keepData: true });
  const { db } = openDatabaseAsItIs({ engine: 'sqlite', path: join(empty.dataFolder, 'touchmark.db') });
  const { id: ownerId } = await db.selectFrom('users').select('id').executeTakeFirstOrThrow();
  await fillRegistry(db, { ownerId, count, namespaces: ['bench'], now: new Date(), released });
  await also?.(db);
  await db.destroy();
  const desk = await startDesk({ ...options, dataFolder: empty.dataFolder });
  return { ...desk, apiKey: empty.ownerKey ?? '' };
}
