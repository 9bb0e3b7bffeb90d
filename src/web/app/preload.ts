import { gatewayPaths, REGISTRY_PREFIX, registryPaths } from '#contract/api-paths.ts';
import { type DeskAnswer, ownedServerPaths } from '#contract/owned-servers.ts';
import { withQuery } from '#web/api/calling/call-api.ts';
import { ownHeaders } from '#web/api/calling/own-headers.ts';
import { keepPreloadedResponse } from '#web/api/calling/preloaded-responses.ts';
import {
  firstOwnedPage,
  type ListOrder,
  ownedPageQuery,
  USUAL_ORDER,
} from '#web/api/server-cache/server-cache.ts';
import { paths, serverAt } from '#web/lib/paths.ts';
import { parseView } from '#web/components/list-view.ts';

/** Sends the first requests of the page at this address, so that their answers wait for the code and not after it. */
export function preload({ pathname, search }: Pick<Location, 'pathname' | 'search'>): void {
  if (pathname === paths.authorize()) return;
  if (pathname === paths.signIn()) return ask(gatewayPaths.registry());
  if (pathname === paths.home() || pathname === paths.servers()) {
    return askDesk(parseView(new URLSearchParams(search)).order ?? USUAL_ORDER);
  }
  ask(gatewayPaths.session());
  const qualifiedName = serverAt(pathname);
  // No other address under the server's is known to show it.
  if (qualifiedName !== undefined && pathname === paths.server(qualifiedName)) {
    ask(REGISTRY_PREFIX + registryPaths.server(qualifiedName));
  }
}

/** Asks for the session, the first servers and the counts in one trip, and keeps each as the answer of its own path. */
function askDesk(order: ListOrder): void {
  const responding = send(withQuery(ownedServerPaths.desk(), ownedPageQuery(order, null)));
  const reading = responding.then(async (response) => {
    try {
      return response?.ok === true ? ((await response.json()) as DeskAnswer) : undefined;
    } catch {
      return undefined;
    }
  });
  const keep = (url: string, partOf: (answer: DeskAnswer) => DeskAnswer[keyof DeskAnswer]): void =>
    keepPreloadedResponse(
      url,
      reading.then(async (answer) => {
        const response = await responding;
        // That nobody is signed in concerns the session, and is then all that is asked for.
        if (answer === undefined)
          return url === gatewayPaths.session() && response?.status === 401 ? response : undefined;
        // What could not be read says why at its own path.
        const part = partOf(answer);
        return part === null ? undefined : responseOf(part, response);
      }),
    );
  keep(gatewayPaths.session(), ({ session }) => session);
  keep(firstOwnedPage(order), ({ servers }) => servers);
  keep(ownedServerPaths.counts(), ({ counts }) => counts);
}

// It is parsed already, and not written again to be parsed once more.
function responseOf(body: unknown, { headers }: Pick<Response, 'headers'> = new Response()): Response {
  return Object.assign(new Response(null, { headers }), { json: async () => Promise.resolve(body) });
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
