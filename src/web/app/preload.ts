import { gatewayPaths, REGISTRY_PREFIX, registryPaths } from '#contract/api-paths.ts';
import { ownedServerPaths } from '#contract/owned-servers.ts';
import { ownHeaders } from '#web/api/own-headers.ts';
import { keepPreloadedResponse } from '#web/api/preloaded-responses.ts';
import { firstOwnedPage, USUAL_ORDER } from '#web/api/server-cache.ts';
import { paths, serverAt } from '#web/lib/paths.ts';

/** Sends the first requests of the page at this path, so that their answers wait for the code and not after it. */
export function preload({ pathname }: Pick<Location, 'pathname'>): void {
  if (pathname === paths.signIn() || pathname === paths.authorize()) return;
  ask(gatewayPaths.session());
  if (pathname === paths.home() || pathname === paths.servers()) {
    ask(firstOwnedPage(USUAL_ORDER));
    ask(ownedServerPaths.counts());
  }
  const qualifiedName = serverAt(pathname);
  // No other address under the server's is known to show it.
  if (qualifiedName !== undefined && pathname === paths.server(qualifiedName)) {
    ask(REGISTRY_PREFIX + registryPaths.server(qualifiedName));
  }
}

function ask(url: string): void {
  keepPreloadedResponse(url, send(url));
}

// A failure is told by the ordinary request that follows.
async function send(url: string): Promise<Response | undefined> {
  try {
    return await fetch(url, { headers: ownHeaders(), redirect: 'error' });
  } catch {
    return undefined;
  }
}
