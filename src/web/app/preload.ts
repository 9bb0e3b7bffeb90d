import { gatewayPaths, REGISTRY_PREFIX, registryPaths } from '#contract/api-paths.ts';
import type { SessionInfo } from '#contract/session.ts';
import { withQuery } from '#web/api/call-api.ts';
import { ownHeaders } from '#web/api/own-headers.ts';
import { keepPreloadedResponse } from '#web/api/preloaded-responses.ts';
import { LIST_PAGE_SIZE } from '#web/api/server-cache.ts';
import { paths, serverAt } from '#web/lib/paths.ts';

/** Sends the first requests of the page at this path, so that their answers wait for the code and not after it. */
export function preload({ pathname }: Pick<Location, 'pathname'>): void {
  if (pathname === paths.signIn() || pathname === paths.authorize()) return;
  keepPreloadedResponse(
    gatewayPaths.session(),
    askSession(pathname === paths.home() || pathname === paths.servers()),
  );
  const qualifiedName = serverAt(pathname);
  // No other address under the server's is known to show it.
  if (qualifiedName !== undefined && pathname === paths.server(qualifiedName)) {
    ask(REGISTRY_PREFIX + registryPaths.server(qualifiedName));
  }
}

// The first page of the list is asked for before the session's answer is handed on, or it would be asked twice.
async function askSession(thenList: boolean): Promise<Response | undefined> {
  const response = await send(gatewayPaths.session());
  if (response?.ok !== true || !thenList) return response;
  const namespace = await firstNamespace(response.clone());
  if (namespace !== undefined) {
    ask(
      withQuery(REGISTRY_PREFIX + registryPaths.servers(), { namespace, page: 1, pageSize: LIST_PAGE_SIZE }),
    );
  }
  return response;
}

async function firstNamespace(response: Response): Promise<string | undefined> {
  try {
    return ((await response.json()) as SessionInfo).namespaces[0];
  } catch {
    return undefined;
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
