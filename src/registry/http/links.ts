import { REGISTRY_MOUNT, registryPaths } from '#contract/api-paths.ts';
import { encodeQualifiedName } from '#contract/qualified-name.ts';

/** Every URL that the registry gives out, built from where it is reached. */
export const links = {
  /** Where clients speak MCP with the server. */
  mcp: (publicUrl: string, qualifiedName: string) => `${publicUrl}/mcp/${encodeQualifiedName(qualifiedName)}`,
  bundle: (publicUrl: string, qualifiedName: string) =>
    `${publicUrl}${registryPaths.server(qualifiedName)}/download`,
  icon: (publicUrl: string, qualifiedName: string) => publicUrl + registryPaths.icon(qualifiedName),
  /** The server's page for people, beside the registry. */
  page: (publicUrl: string, qualifiedName: string) =>
    (publicUrl.endsWith(REGISTRY_MOUNT) ? publicUrl.slice(0, -REGISTRY_MOUNT.length) : publicUrl) +
    registryPaths.server(qualifiedName),
};
