import type { GatewayTables } from './gateway-tables.ts';
import type { InstallationTables } from './installation-tables.ts';
import type { OwnedServerTables } from './owned-server-tables.ts';
import type { RegistryTables } from './registry-tables.ts';

/** All tables. The gateway's and the registry's live in one database so that one backup holds everything. */
export interface Database extends GatewayTables, OwnedServerTables, RegistryTables, InstallationTables {}
