import type { MiddlewareHandler } from 'hono';
import { rawPath, type GatewayEnv } from './gateway-env.ts';
import { Problem } from './problem.ts';

// No `Request` can be made of them, and nothing here answers to them.
const NEVER_ALLOWED = new Set(['CONNECT', 'TRACE', 'TRACK']);
const ALLOW = 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS';

/**
 * Refuses, before anything is routed, requests that do not name exactly one allowed host (DNS rebinding), whose target
 * could be read as another path, or whose method no route has. It looks at what came over the wire, not at what was parsed from it.
 */
export function requestGuard(hosts: readonly string[]): MiddlewareHandler<GatewayEnv> {
  const allowed = new Set(hosts.map((host) => host.toLowerCase()));
  return async (c, next) => {
    const { url, rawHeaders } = c.env.incoming;
    if (!isPlainTarget(url ?? '')) {
      throw new Problem(400, 'bad-request', 'The address is malformed. Nothing was done.');
    }
    const named = valuesOf(rawHeaders, 'host');
    const [host] = named;
    if (named.length !== 1 || host === undefined || host === '') {
      throw new Problem(400, 'host-not-allowed', 'The request must name exactly one host.');
    }
    if (!allowed.has(host.toLowerCase())) {
      throw new Problem(
        421,
        'host-not-allowed',
        `Touchmark does not answer under this host name. Open it under the address it prints at start, or start it with ${allowing(host)}.`,
      );
    }
    if (NEVER_ALLOWED.has(c.req.method)) {
      throw new Problem(405, 'method-not-allowed', `Use ${ALLOW}. Nothing was done.`, {
        headers: { Allow: ALLOW },
      });
    }
    await next();
  };
}

/** The option that allows a host, as it is to be typed; without its value where that could hold anything but a host. */
export function allowing(host: string): string {
  return /^[a-z0-9.-]{1,253}(:\d{1,5})?$/i.test(host) ? `--allow-host ${host.toLowerCase()}` : '--allow-host';
}

function valuesOf(rawHeaders: readonly string[], name: string): string[] {
  return rawHeaders.filter((_, i) => i % 2 === 1 && rawHeaders[i - 1]?.toLowerCase() === name);
}

/** True for an origin-form target in printable ASCII whose path means the same however often it is decoded once. */
function isPlainTarget(target: string): boolean {
  if (!/^\/[\x21-\x7e]*$/.test(target) || target.includes('#') || target.includes('\\')) return false;
  const path = decodeOnce(rawPath(target));
  if (path === undefined || /[\p{Cc}\\]/u.test(path) || path.includes('//')) return false;
  return !path.split('/').some((segment) => segment === '.' || segment === '..');
}

function decodeOnce(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}
