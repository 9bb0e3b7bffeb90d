import type { Migration } from 'kysely';
import type { Engine } from '../engine.ts';
import { gatewayTables } from './0001-gateway.ts';
import { registryTables } from './0002-registry.ts';
import { serverCounts } from './0003-server-counts.ts';

/** Every migration in order. A landed one is never edited: a change is a new one. */
export function migrations(engine: Engine): Record<string, Migration> {
  return {
    '0001-gateway': gatewayTables(engine),
    '0002-registry': registryTables(engine),
    '0003-server-counts': serverCounts(),
  };
}
