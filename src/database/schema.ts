import type { GatewayTables } from './gateway-tables.ts';
import type { InstallationRow } from './installation.ts';
import type { RegistryTables } from './registry-tables.ts';

/** All tables. The gateway's and the registry's live in one database so that one backup holds everything. */
export interface Database extends GatewayTables, RegistryTables {
  installation: InstallationRow;
}
