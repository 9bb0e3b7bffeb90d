import { describe, expect, it } from 'vitest';
import { ownersHomepage } from './owners-homepage.ts';

const NAME = 'acme/weather';
const OURS = 'https://desk.test/registry';
const SMITHERY = 'https://api.smithery.ai';

describe('the homepage of a server', () => {
  it.each([
    ['https://weather.example/', OURS, 'https://weather.example/'],
    [
      'https://weather.example/servers/acme%2Fweather',
      OURS,
      'https://weather.example/servers/acme%2Fweather',
    ],
    ['https://desk.test/servers/%zz', OURS, 'https://desk.test/servers/%zz'],
    // What an owner set on the registry's own host is still what an owner set.
    ['https://desk.test/about', OURS, 'https://desk.test/about'],
    ['https://desk.test/servers/acme%2Fother', OURS, 'https://desk.test/servers/acme%2Fother'],
    ['https://smithery.ai/docs', SMITHERY, 'https://smithery.ai/docs'],
  ])('%s at %s is one', (homepage, registry, href) => {
    expect(ownersHomepage(homepage, NAME, registry)).toBe(href);
  });

  it.each([
    ['https://desk.test/servers/acme%2Fweather', OURS],
    ['https://desk.test/servers/acme/weather/', OURS],
    ['http://127.0.0.1:4000/servers/acme%2Fweather', 'http://127.0.0.1:4000/registry'],
    ['https://smithery.ai/server/acme/weather', SMITHERY],
    ['https://smithery.ai/servers/@acme/weather', SMITHERY],
    ['https://www.smithery.ai/server/acme%2fweather', SMITHERY],
    ['javascript:alert(1)', OURS],
    [null, OURS],
    ['https://weather.example/', undefined],
  ])('%s at %s is none', (homepage, registry) => {
    expect(ownersHomepage(homepage, NAME, registry)).toBeUndefined();
  });
});
