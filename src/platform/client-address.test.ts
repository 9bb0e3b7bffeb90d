import { describe, expect, it } from 'vitest';
import { clientAddress, isAddressRange, type TrustedProxies } from './client-address.ts';

const told = (remoteAddress: string, trusted: TrustedProxies | null, forwarded?: string) =>
  clientAddress(
    {
      socket: { remoteAddress } as never,
      headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded },
    },
    trusted,
  );

describe('the address of a client', () => {
  it('is that of the connection where no proxy is trusted, whatever a header says', () => {
    expect(told('192.0.2.7', null)).toBe('192.0.2.7');
    expect(told('192.0.2.7', null, '198.51.100.1')).toBe('192.0.2.7');
    expect(told('::ffff:192.0.2.7', null)).toBe('192.0.2.7');
  });

  it.each<[what: string, chain: string, hops: number, client: string]>([
    ['told by one proxy', '198.51.100.1', 1, '198.51.100.1'],
    ['not what its sender wrote before', '6.6.6.6, 198.51.100.1', 1, '198.51.100.1'],
    ['told by two proxies', '6.6.6.6, 198.51.100.1, 10.0.0.2', 2, '198.51.100.1'],
    ['the farthest there is where fewer stood between', '198.51.100.1', 5, '198.51.100.1'],
    ['the proxy’s where it tells nothing', '', 1, '10.0.0.1'],
    ['the proxy’s where it tells no address', 'unknown', 1, '10.0.0.1'],
    ['the last that is one', 'evil, 10.0.0.2', 3, '10.0.0.2'],
    ['without the port that some add', '198.51.100.1:4711', 1, '198.51.100.1'],
    ['without brackets and port', '[2001:db8:1:2:3::4]:4711', 1, '2001:db8:1:2::/64'],
  ])('is %s', (_what, chain, hops, client) => {
    expect(told('10.0.0.1', { hops }, chain)).toBe(client);
  });

  it('is the first that belongs to no trusted network, seen from here', () => {
    const trusted = { ranges: ['10.0.0.0/8', '2001:db8::/32', '192.0.2.9'] };
    expect(told('10.0.0.1', trusted, '6.6.6.6, 198.51.100.1, 10.9.9.9')).toBe('198.51.100.1');
    expect(told('::ffff:10.0.0.1', trusted, '198.51.100.1, 192.0.2.9')).toBe('198.51.100.1');
    expect(told('2001:db8::7', trusted, '2001:db9::1')).toBe('2001:db9:0:0::/64');
    expect(told('198.51.100.1', trusted, '6.6.6.6')).toBe('198.51.100.1');
    expect(told('10.0.0.1', trusted, '10.0.0.2, 10.0.0.3')).toBe('10.0.0.2');
  });

  it('is the same for all of an IPv6 network, of which everybody has one', () => {
    expect(told('2001:db8::1', null)).toBe(told('2001:db8::ffff:1', null));
    expect(told('2001:db8::1', null)).not.toBe(told('2001:db8:0:1::1', null));
  });

  it('is looked for in ranges that are some', () => {
    for (const range of ['10.0.0.0/8', '10.0.0.1', '::1', 'fd00::/8'])
      expect(isAddressRange(range)).toBe(true);
    for (const range of ['', '10.0.0.0/33', 'loopback', '10.0.0', 'fd00::/129']) {
      expect(isAddressRange(range)).toBe(false);
    }
  });
});
