import type { ServerDetail } from '#contract/registry-answers.ts';
import { safeHref } from '#web/lib/safe-link.ts';

/** How a server is used: by calling an address, or by running a bundle. */
export type Connection =
  | {
      kind: 'address';
      url: string;
      /** `sse`: the older of the two ways to speak MCP over HTTP, and no other. */
      transport: 'http' | 'sse';
    }
  | { kind: 'bundle'; url: string };

/** The ways to use a server. Addresses that are not http or https are left out. */
export function connectionsOf({ connections, deploymentUrl }: ServerDetail): Connection[] {
  const http = connections?.find((connection) => connection.type === 'http');
  const stdio = connections?.find((connection) => connection.type === 'stdio');
  const found: Connection[] = [];
  const url = safeHref(http?.deploymentUrl ?? deploymentUrl);
  // Clients do not find out by themselves which to speak.
  if (url !== undefined) found.push({ kind: 'address', url, transport: http?.transport ?? 'http' });
  const bundle = safeHref(stdio?.bundleUrl);
  if (bundle !== undefined) found.push({ kind: 'bundle', url: bundle });
  return found;
}

/** False where the registry says that there is nothing to connect to. */
export function isConnectable(server: ServerDetail): boolean {
  return server.connections?.length !== 0 || connectionsOf(server).length > 0;
}
