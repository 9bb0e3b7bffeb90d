import { randomUUID } from 'node:crypto';
import type { Kysely } from 'kysely';
import type { Database } from '#database/schema.ts';
import { registryRoutes } from './routes.ts';

export interface RegistryOptions {
  db: Kysely<Database>;
  /** Where the registry is reached, as `http://127.0.0.1:4000/registry`: the start of every URL it gives out. */
  publicUrl: string;
  now: () => Date;
  newId?: () => string;
  /** Told of failures that a caller sees only as a bare 500. */
  reportError?: (error: unknown) => void;
}

export interface Registry {
  /** Answers a request whose path begins at the registry's root. Never rejects. */
  fetch: (request: Request) => Promise<Response>;
}

/** The embedded registry: speaks the Smithery Platform API over the given database. */
export function createRegistry({
  db,
  publicUrl,
  now,
  newId = randomUUID,
  reportError = () => {},
}: RegistryOptions): Registry {
  const app = registryRoutes({ db, publicUrl, now, newId }, reportError);
  return { fetch: async (request) => app.fetch(request) };
}
