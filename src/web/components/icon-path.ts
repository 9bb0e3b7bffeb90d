import { REGISTRY_PREFIX, registryPaths } from '#contract/api-paths.ts';

/**
 * Where the browser finds a server's icon: always through the gateway, never at the address the registry gives.
 * Undefined where the server has none.
 */
export function iconPath(server: { qualifiedName: string; iconUrl: string | null }): string | undefined {
  return server.iconUrl === null ? undefined : REGISTRY_PREFIX + registryPaths.icon(server.qualifiedName);
}
