import { describe, expect, it } from 'vitest';
import { paths, serverAt } from './paths.ts';

describe('which server an address is the page of', () => {
  it.each(['acme/weather', 'acme', '@acme/weather', 'équipe/météo'])('%s is at its own address', (name) => {
    expect(serverAt(paths.server(name))).toBe(name);
  });

  it('is so however the address is encoded', () => {
    expect(serverAt('/servers/@acme%2fweather')).toBe('@acme/weather');
  });

  it('is so on every tab of its page', () => {
    expect(serverAt(`${paths.server('acme/weather')}/releases`)).toBe('acme/weather');
    expect(serverAt(`${paths.server('acme')}/weather`)).toBe('acme');
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
    expect(serverAt(pathname)).not.toBe('acme/weather');
  });
});
