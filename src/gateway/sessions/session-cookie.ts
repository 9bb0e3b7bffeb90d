import type { Context } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';
import { PAGE_SECRET_HEADER } from '#contract/api-paths.ts';
import { isOwnImage } from '#gateway/http/cross-site-guard.ts';
import type { GatewayEnv } from '#gateway/http/gateway-env.ts';
import { isLoopback } from '#platform/loopback.ts';
import { SESSION_HOURS, type SentCookie } from './session-store.ts';

interface CookieName {
  name: string;
  secure: boolean;
}

/** The tokens that this browser sent, the one that can be trusted more first. */
export function readSessionCookies(c: Context<GatewayEnv>): SentCookie[] {
  return [secureName(c), plainName(c)].flatMap(({ name, secure }) => {
    const token = getCookie(c, name);
    if (token === undefined) return [];
    const isImage = isOwnImage(c.req.method, c.req.header());
    return [{ token, plain: !secure, pageSecret: readPageSecret(c), isImage }];
  });
}

/** The page's secret: 256 random bits, base64url; undefined where it sent none that could be one. */
export function readPageSecret(c: Context<GatewayEnv>): string | undefined {
  const secret = c.req.header(PAGE_SECRET_HEADER);
  return secret !== undefined && /^[\w-]{43}$/.test(secret) ? secret : undefined;
}

/** True where no browser keeps a secure cookie: over http from another machine. */
export function needsPlainCookie(c: Context<GatewayEnv>): boolean {
  return !isThisMachine(c) && c.req.header('Origin')?.startsWith('https://') !== true;
}

/** True for a page that was itself loaded over http, as its browser says. */
export function isPageOverHttp(c: Context<GatewayEnv>): boolean {
  return c.req.header('Origin')?.startsWith('http://') === true;
}

/** Hands the token to the browser. */
export function writeSessionCookie(c: Context<GatewayEnv>, token: string, plain: boolean): void {
  put(c, plain ? plainName(c) : secureName(c), token, SESSION_HOURS * 3600);
}

/** Takes the token back from the browser. */
export function clearSessionCookies(c: Context<GatewayEnv>): void {
  put(c, secureName(c), '', 0);
  put(c, plainName(c), '', 0);
}

function put(c: Context<GatewayEnv>, { name, secure }: CookieName, value: string, maxAge: number): void {
  setCookie(c, name, value, { secure, maxAge, httpOnly: true, sameSite: 'Strict', path: '/' });
}

// The prefix makes the browser refuse the cookie from anything but a secure answer of this very host. Cookies ignore
// ports, so the port is in the name: two desks on one machine must not sign each other out.
function secureName(c: Context<GatewayEnv>): CookieName {
  return { name: `__Host-Http-touchmark-${port(c)}`, secure: true };
}

function plainName(c: Context<GatewayEnv>): CookieName {
  return { name: `touchmark-${port(c)}`, secure: false };
}

function port(c: Context<GatewayEnv>): string {
  return /:(\d+)$/.exec(host(c))?.[1] ?? 'default';
}

// One of the allowed hosts: the request guard has looked.
function host(c: Context<GatewayEnv>): string {
  return (c.env.incoming.headers.host ?? '').toLowerCase();
}

// Chromium and Firefox take http on this machine for secure; WebKit does not.
function isThisMachine(c: Context<GatewayEnv>): boolean {
  return isLoopback(host(c).replace(/:\d+$/, ''));
}
