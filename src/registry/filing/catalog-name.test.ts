import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseQualifiedName } from '#contract/qualified-name.ts';
import { catalogHostOf, catalogNameOf } from './catalog-name.ts';

const PATTERN = /^[a-zA-Z0-9.-]+\/[a-zA-Z0-9._-]+$/;

describe('the name of a server in the catalog', () => {
  it.each([
    ['acme/weather', 'acme.weather'],
    ['acme', 'acme'],
    ['acme/x.y', 'acme.x.y'],
    ['acme.x/y', 'xn--acme.x.y-f6a1228411328fddfe26'],
    ['café/météo', 'xn--cafe.meteo-a8d9b8afee69403b1beb'],
    ['東京/天気', 'xn--e37d91cd30c717d0b995'],
    ['@scope/tool', 'xn--scope.tool-15b39b8be01347c33282'],
    ['xn--acme/weather', 'xn--xn--acme.weather-cd92b23c39dcf2cb3ebf'],
  ])('of %s is %s, today and always', (name, wanted) => {
    expect(catalogNameOf(name)).toBe(wanted);
  });

  it('is no other server’s, and always one that the API allows', () => {
    const segment = fc
      .string({
        unit: fc.constantFrom('a', 'x', 'A', 'é', '東', '.', '-', '_', '@', '1', 'xn--', 'c2eb'),
        minLength: 1,
        maxLength: 40,
      })
      .filter((text) => parseQualifiedName(text) !== undefined);
    const name = fc.tuple(segment, fc.option(segment)).map((parts) => parts.filter(Boolean).join('/'));
    const names = new Map<string, string>();
    fc.assert(
      fc.property(name, (qualified) => {
        const found = catalogNameOf(qualified);
        expect(names.get(found) ?? qualified).toBe(qualified);
        names.set(found, qualified);
        expect(`com.example/${found}`).toMatch(PATTERN);
        expect(found.length).toBeLessThanOrEqual(110);
      }),
      { numRuns: 2000 },
    );
  });

  it('cannot be made to look like the hashed name of another', () => {
    const hashed = catalogNameOf('acme.x/y');
    for (const name of [hashed, `${hashed.split('.')[0]}/${hashed.split('.').slice(1).join('.')}`]) {
      expect(catalogNameOf(name)).not.toBe(hashed);
    }
    expect(catalogNameOf('acme.x/y')).not.toBe(catalogNameOf('acme/x.y'));
  });
});

describe('the host before it', () => {
  it.each([
    ['https://desk.example.com/registry', 'com.example.desk'],
    ['https://desk.example.com.:8443/registry', 'com.example.desk'],
    ['http://localhost:4000/registry', 'localhost'],
    ['http://127.0.0.1:4000/registry', 'localhost'],
    ['http://[::1]:4000/registry', 'localhost'],
    ['http://192.168.1.20/registry', 'arpa.in-addr.192.168.1.20'],
    ['http://[2001:db8::1]/', 'arpa.ip6.2.0.0.1.0.d.b.8.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.1'],
    ['https://schreibtisch.bücher.example/', 'example.xn--bcher-kva.schreibtisch'],
    ['http://my_desk/', 'my-desk'],
  ])('of %s is %s', (url, host) => {
    expect(catalogHostOf(url)).toBe(host);
    expect(`${host}/acme`).toMatch(PATTERN);
  });

  it('leaves room for any server, however long it is', () => {
    const long = catalogHostOf(`https://${'a'.repeat(60)}.${'b'.repeat(60)}.example.com/`);
    expect(long.length).toBe(89);
    expect(long).not.toBe(catalogHostOf(`https://${'a'.repeat(59)}c.${'b'.repeat(60)}.example.com/`));
    expect(`${long}/${catalogNameOf('acme/weather')}`).toMatch(PATTERN);
  });
});
