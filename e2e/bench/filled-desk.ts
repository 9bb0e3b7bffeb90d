import { join } from 'node:path';
import { openDatabase } from '#database/open.ts';
import { ensureOwner } from '#registry/access/key-store.ts';
import { startDesk, type Desk } from '../support/desk.ts';
import { fillRegistry } from './fill-registry.ts';

/** A desk whose owner has this many servers, all in the namespace `bench`. */
export async function filledDesk(count: number): Promise<Desk & { apiKey: string }> {
  const empty = await startDesk({ args: ['--no-samples'] });
  await empty.stop({ keepData: true });
  const { db } = await openDatabase({ engine: 'sqlite', path: join(empty.dataFolder, 'touchmark.db') });
  const { userId } = await ensureOwner(db, new Date());
  await fillRegistry(db, { ownerId: userId, count, namespaces: ['bench'], now: new Date() });
  await db.destroy();
  const desk = await startDesk({ args: ['--no-samples'], dataFolder: empty.dataFolder });
  return { ...desk, apiKey: empty.ownerKey ?? '' };
}
