import { createHash } from 'node:crypto';
import ipaddr from 'ipaddr.js';
import { parseQualifiedName } from '#contract/qualified-name.ts';

// Names of the catalog have 200 characters at most, the host and a slash included.
const MAX_NAME = 110;
const MAX_HOST = 89;
const READABLE = 60;
const HASH_DIGITS = 20;

// Where the namespace has no dot, the first dot stands for the slash; so no two names share this form.
const PLAIN = /^(?!xn--)[A-Za-z0-9_-]+(?:\/[A-Za-z0-9._-]+)?$/;

/**
 * A server's name in the catalog, without the host before it: `acme.weather` for `acme/weather`, `acme` for `acme`. One
 * with other characters, or with a dot in its namespace, is `xn--`, what can be read of it, and a hash of the whole. It
 * follows from the qualified name alone and no two names share one; the way back goes over the column that keeps it.
 */
export function catalogNameOf(qualifiedName: string): string {
  if (PLAIN.test(qualifiedName) && qualifiedName.length <= MAX_NAME) return qualifiedName.replace('/', '.');
  const readable = asciiOf(qualifiedName.replace('/', '.')).slice(0, READABLE);
  return ['xn-', readable, hashOf(qualifiedName)].filter((part) => part !== '').join('-');
}

/**
 * What stands before the slash of every name: the host of this URL, reversed as in `com.example.desk`. This machine is
 * `localhost` however it is called; other addresses are written as reverse DNS writes them.
 */
export function catalogHostOf(publicUrl: string): string {
  const host = new URL(publicUrl).hostname.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '');
  const labels = ipaddr.isValid(host) ? labelsOfAddress(ipaddr.process(host)) : host.split('.').reverse();
  const reversed = labels.join('.').replaceAll(/[^A-Za-z0-9.-]/g, '-');
  if (reversed.length <= MAX_HOST) return reversed;
  return `${reversed.slice(0, MAX_HOST - HASH_DIGITS - 1)}-${hashOf(reversed)}`;
}

/** The namespace of a qualified name. */
export function namespaceOf(qualifiedName: string): string {
  return parseQualifiedName(qualifiedName)?.namespace ?? '';
}

function labelsOfAddress(address: ipaddr.IPv4 | ipaddr.IPv6): string[] {
  if (address.range() === 'loopback') return ['localhost'];
  if (address.kind() === 'ipv4') return ['arpa', 'in-addr', address.toString()];
  const digits = address.toByteArray().flatMap((byte) => [byte >> 4, byte & 15]);
  return ['arpa', 'ip6', ...digits.map((digit) => digit.toString(16))];
}

function asciiOf(text: string): string {
  return text
    .normalize('NFKD')
    .replaceAll(/\p{M}+/gu, '')
    .replaceAll(/[^A-Za-z0-9._-]+/g, '-')
    .replaceAll(/^[.-]+|[.-]+$/g, '');
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, HASH_DIGITS);
}
