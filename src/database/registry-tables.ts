export interface RegistryTables {}
