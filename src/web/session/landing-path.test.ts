import { describe, expect, it } from 'vitest';
import { landingPath } from './landing-path.ts';

const origin = 'http://127.0.0.1:4000';

describe('where signing in leads', () => {
  it('is the page one came from, filters included', () => {
    expect(landingPath('/servers/acme%2Fweather', origin)).toBe('/servers/acme%2Fweather');
    expect(landingPath('/servers?q=a%26b&sort=name', origin)).toBe('/servers?q=a%26b&sort=name');
  });

  it.each([
    null,
    '',
    'servers',
    '//evil.example/x',
    '/\\evil.example',
    '/\t/evil.example',
    'https://evil.example/',
    'javascript:alert(1)',
    '/sign-in?next=/sign-in',
  ])('is the list of servers instead of %j', (next) => {
    expect(landingPath(next, origin)).toBe('/servers');
  });
});
