import { isLoopback } from '#platform/loopback.ts';
import type { Config } from './options.ts';

/** Where others reach the desk. An address that stands for all of this machine's is none to give to anybody. */
export function publicUrl({ publicUrl: given, host, allowHosts }: Config, port: number): string {
  if (given !== null) return given;
  const [named] = isLoopback(host) ? [] : allowHosts;
  if (named === undefined) return `http://${printableHost(host)}:${port}`;
  return `http://${/:\d+$/.test(named) ? named : `${named}:${port}`}`;
}

/** Where a browser signs in with this code. It is in the fragment, which no browser sends and no log holds. */
export function signInLink(url: string, code: string): string {
  return `${url}/sign-in#code=${code}`;
}

/** The values of Host under which it answers. */
export function allowedHosts(config: Config, port: number): string[] {
  const loopback = ['127.0.0.1', 'localhost', '[::1]'].map((host) => `${host}:${port}`);
  const named = config.allowHosts.flatMap((host) =>
    /:\d+$/.test(host) ? [host] : [host, `${host}:${port}`],
  );
  const bound = isLoopback(config.host) ? [`${printableHost(config.host)}:${port}`] : [];
  const given = config.publicUrl === null ? [] : [new URL(config.publicUrl).host];
  return [...new Set([...loopback, ...bound, ...named, ...given])];
}

function printableHost(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
