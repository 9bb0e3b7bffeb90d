import type { Hono } from 'hono';
import type { Kysely } from 'kysely';
import type { Database } from '#database/schema.ts';

/** What every route of the registry is given. */
export interface RegistryContext {
  db: Kysely<Database>;
  /** Where the registry is reached, without a slash at the end. */
  publicUrl: string;
  now: () => Date;
  /** A UUID that was never given out before. */
  newId: () => string;
}

/** What authentication puts beside a request. */
export interface RegistryEnv {
  Variables: { userId: string };
}

export type RegistryApp = Hono<RegistryEnv>;
