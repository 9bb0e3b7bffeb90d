import type { MiddlewareHandler } from 'hono';
import { CLIENT_HEADER } from '#contract/api-paths.ts';
import type { GatewayEnv } from './gateway-env.ts';
import { Problem } from './problem.ts';
import { allowing } from './request-guard.ts';

/**
 * Lets only the dashboard's own pages through: the client header, which no form, image or beacon can set, and the
 * browser's own word on where the call came from. Another port of this machine is another site here, although the
 * browser sends it the same cookies.
 */
export function crossSiteGuard(hosts: readonly string[]): MiddlewareHandler<GatewayEnv> {
  const origins = new Set(
    hosts.flatMap((host) => [`http://${host.toLowerCase()}`, `https://${host.toLowerCase()}`]),
  );
  const names = new Set(hosts.map(nameOf));
  return async (c, next) => {
    const fetchSite = c.req.header('Sec-Fetch-Site');
    const origin = c.req.header('Origin');
    if (
      c.req.header(CLIENT_HEADER.name) !== CLIENT_HEADER.value &&
      !isOwnImage(c.req.method, c.req.header())
    ) {
      throw new Problem(
        403,
        'client-header-missing',
        `Calls of /api need the header "${CLIENT_HEADER.name}: ${CLIENT_HEADER.value}". Nothing was done.`,
      );
    }
    const proven = fetchSite !== undefined || origin !== undefined;
    if (
      (fetchSite !== undefined && fetchSite !== 'same-origin') ||
      (origin !== undefined && !origins.has(origin.toLowerCase())) ||
      (!proven && !isSafe(c.req.method))
    ) {
      const host = fetchSite === undefined || fetchSite === 'same-origin' ? hostOf(origin) : undefined;
      const isNearly = host !== undefined && names.has(nameOf(host));
      throw new Problem(
        403,
        'cross-site',
        isNearly
          ? `The call came from a page at ${host}, which Touchmark does not know. Nothing was done. If that is its own address, behind a proxy, start it with ${allowing(host)}.`
          : 'The call did not come from a page of Touchmark. Nothing was done.',
      );
    }
    await next();
  };
}

function hostOf(origin: string | undefined): string | undefined {
  return /^https?:\/\/([a-z0-9.-]+(?::\d{1,5})?)$/.exec(origin?.toLowerCase() ?? '')?.[1];
}

// Of whatever port.
function nameOf(host: string): string {
  return host.toLowerCase().replace(/:\d+$/, '');
}

/** True for an `<img>` of our own page: it cannot carry a header of ours, but no page can forge what the browser says of it. */
export function isOwnImage(method: string, headers: Record<string, string>): boolean {
  return (
    method === 'GET' && headers['sec-fetch-site'] === 'same-origin' && headers['sec-fetch-dest'] === 'image'
  );
}

// Browsers leave both headers out of a same-origin GET over plain http to another machine.
function isSafe(method: string): boolean {
  return method === 'GET' || method === 'HEAD';
}
