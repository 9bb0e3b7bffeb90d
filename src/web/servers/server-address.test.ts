import { describe, expect, it } from 'vitest';
import { paths } from '#web/lib/paths.ts';
import { isPageOf } from './server-address.ts';

describe('whether an address is the page of a server', () => {
  it.each(['acme/weather', 'acme', '@acme/weather', 'équipe/météo'])('%s is at its own address', (name) => {
    expect(isPageOf(name, paths.server(name))).toBe(true);
  });

  it('is so however the address is encoded', () => {
    expect(isPageOf('@acme/weather', '/servers/@acme%2fweather')).toBe(true);
  });

  it.each([
    '/servers',
    '/servers/',
    '/activity',
    '/servers/acme',
    '/servers/acme%2Fweather-archive',
    '/servers/%',
    '/servers/acme%252Fweather',
  ])('acme/weather is not at %s', (pathname) => {
    expect(isPageOf('acme/weather', pathname)).toBe(false);
  });
});
