import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/** Which proxies stand before this server and are believed: so many of them, or those with these addresses (CIDR). */
export type TrustedProxies = { hops: number } | { ranges: readonly string[] };

/** True for an address, or a range of them as `10.0.0.0/8`. */
export function isAddressRange(text: string): boolean {
  return isIP(text) !== 0 || (isIP(text.split('/')[0] ?? '') !== 0 && ipaddr.isValidCIDR(text));
}

/**
 * The address of whoever sent a request: of the connection, or as the trusted proxies before it tell in
 * `X-Forwarded-For`. What stands there beyond them anybody may have written. An IPv6 address is told by its network of 64
 * bits, since each household has one.
 */
export function clientAddress(
  { headers, socket }: Pick<IncomingMessage, 'headers' | 'socket'>,
  trusted: TrustedProxies | null,
): string {
  const nearest = socket.remoteAddress ?? '';
  if (trusted === null) return networkOf(nearest);
  const told = String(headers['x-forwarded-for'] ?? '').split(',');
  // From the nearest on.
  const chain = [nearest, ...told.map(withoutPort).reverse()];
  let client = nearest;
  for (const [distance, address] of chain.entries()) {
    if (isIP(address) === 0) break;
    client = address;
    const isProxy = 'hops' in trusted ? distance < trusted.hops : isWithin(address, trusted.ranges);
    if (!isProxy) break;
  }
  return networkOf(client);
}

/** True where a proxy, or somebody who pretends to be one, passed the request on. */
export function isForwarded({ headers }: Pick<IncomingMessage, 'headers'>): boolean {
  return headers['x-forwarded-for'] !== undefined || headers['forwarded'] !== undefined;
}

function isWithin(address: string, ranges: readonly string[]): boolean {
  const ip = ipaddr.process(address);
  return ranges.some((range) => {
    const [network, bits] = ipaddr.isValidCIDR(range)
      ? ipaddr.parseCIDR(range)
      : [ipaddr.process(range), ipaddr.process(range).kind() === 'ipv4' ? 32 : 128];
    return ip.kind() === network.kind() && ip.match([network, bits] as never);
  });
}

// Some proxies add the port: `192.0.2.1:4711`, `[2001:db8::1]:4711`.
function withoutPort(text: string): string {
  const address = text.trim();
  const [, bracketed] = /^\[([^\]]+)\](?::\d+)?$/.exec(address) ?? [];
  return bracketed ?? address.replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, '$1');
}

function networkOf(address: string): string {
  if (isIP(address) === 0) return address;
  const ip = ipaddr.process(address);
  return ip instanceof ipaddr.IPv6
    ? `${ip.parts
        .slice(0, 4)
        .map((part) => part.toString(16))
        .join(':')}::/64`
    : ip.toString();
}
