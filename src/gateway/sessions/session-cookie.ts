import type { Context } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';
import type { GatewayEnv } from '#gateway/http/gateway-env.ts';
import { isLoopback } from '#platform/loopback.ts';
import { SESSION_HOURS } from './session-store.ts';

interface CookieName {
  name: string;
  secure: boolean;
}

/** The session's token as this browser sent it. */
export function readSessionCookie(c: Context<GatewayEnv>): string | undefined {
  // On this machine the plain name is never given out, so one that arrives was planted.
  const names = isThisMachine(c) ? [secureName(c)] : [secureName(c), plainName(c)];
  return names.map(({ name }) => getCookie(c, name)).find((token) => token !== undefined);
}

/** Hands the token to the browser. */
export function writeSessionCookie(c: Context<GatewayEnv>, token: string): void {
  const isSecure = isThisMachine(c) || c.req.header('Origin')?.startsWith('https://') === true;
  put(c, isSecure ? secureName(c) : plainName(c), token, SESSION_HOURS * 3600);
}

/** Takes the token back from the browser. */
export function clearSessionCookie(c: Context<GatewayEnv>): void {
  put(c, secureName(c), '', 0);
  if (!isThisMachine(c)) put(c, plainName(c), '', 0);
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

// Browsers take http on this machine for secure.
function isThisMachine(c: Context<GatewayEnv>): boolean {
  return isLoopback(host(c).replace(/:\d+$/, ''));
}
