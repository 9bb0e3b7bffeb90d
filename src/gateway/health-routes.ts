import type { Hono } from 'hono';
import type { Kysely } from 'kysely';
import { pingDatabase } from '#database/open.ts';
import type { Database } from '#database/schema.ts';
import type { GatewayEnv } from '#gateway/http/gateway-env.ts';
import type { RegistryCalls } from '#gateway/registry/registry-calls.ts';

const READY_MS = 3000;

/** Whether this is a path of those that watch over the process: they are answered first, however much there is to do. */
export function isHealthPath(path: string): boolean {
  return path === '/healthz' || path === '/readyz';
}

interface Options {
  db: Kysely<Database>;
  calls: RegistryCalls;
  /** Whether this process is about to end. */
  isEnding: () => boolean;
}

/**
 * `/healthz`: the process answers. `/readyz`: the database and the registry do, too; 503 tells which does not, or that
 * the process is about to end.
 */
export function addHealthRoutes(app: Hono<GatewayEnv>, { db, calls, isEnding }: Options): void {
  app.get('/healthz', (c) => c.json({ status: 'alive' }));

  app.get('/readyz', async (c) => {
    if (isEnding()) return c.json({ status: 'ending' }, 503);
    const [database, registry] = await Promise.all([
      pingDatabase(db).then(
        () => true,
        () => false,
      ),
      isHealthy(calls),
    ]);
    const word = (isReady: boolean) => (isReady ? 'ready' : 'unreachable');
    return c.json(
      { status: word(database && registry), database: word(database), registry: word(registry) },
      database && registry ? 200 : 503,
    );
  });
}

async function isHealthy(calls: RegistryCalls): Promise<boolean> {
  const outcome = await calls.send({ method: 'GET', path: '/health', apiKey: null, totalMs: READY_MS });
  return outcome.kind === 'answered' && outcome.status === 200;
}
