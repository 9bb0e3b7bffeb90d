import { isIP } from 'node:net';

/** True for the addresses and names that only this machine reaches; IPv6 with or without its brackets. */
export function isLoopback(host: string): boolean {
  return (
    host === 'localhost' ||
    host === '::1' ||
    host === '[::1]' ||
    (isIP(host) === 4 && host.startsWith('127.'))
  );
}
