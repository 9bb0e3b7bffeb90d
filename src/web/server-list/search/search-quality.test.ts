import { beforeAll, describe, expect, it } from 'vitest';
import type { OwnedServer } from '#contract/owned-servers.ts';
import { ownedServer } from '#e2e/support/owned-server.ts';
import { foundBy, foundLiterally } from './found-rows.ts';
import { parseQuery } from '#web/lib/folded-text.ts';
import { SimilarSearch } from './similar-search.ts';

const subjects = [
  'weather',
  'calendar',
  'invoice',
  'translation',
  'recipe',
  'flight',
  'music',
  'photo',
  'parcel',
  'museum',
  'garden',
  'energy',
  'library',
  'traffic',
  'currency',
  'pharmacy',
  'festival',
  'climate',
  'insurance',
  'podcast',
];
const kinds = [
  'radar',
  'archive',
  'planner',
  'search',
  'monitor',
  'digest',
  'exporter',
  'assistant',
  'builder',
  'tracker',
];
const verbs = [
  'list',
  'fetch',
  'create',
  'compare',
  'summarize',
  'cancel',
  'approve',
  'schedule',
  'measure',
  'publish',
];
const places = [
  'Lisbon',
  'Nairobi',
  'Osaka',
  'Toronto',
  'Helsinki',
  'Quito',
  'Tallinn',
  'Wellington',
  'Marrakesh',
  'Antwerp',
];
const namespaces = ['acme', 'northwind', 'studio', 'harbor-labs'];

/** 400 servers: each subject with each kind twice, in turn of namespace, place and tools. */
const servers: OwnedServer[] = subjects.flatMap((subject, s) =>
  kinds.flatMap((kind, k) =>
    [0, 1].map((second) => {
      const namespace = namespaces[(s + k + second) % namespaces.length] ?? '';
      const place = places[(s * 3 + k * 7 + second * 5) % places.length] ?? '';
      const verb = verbs[(s + k * 3 + second) % verbs.length] ?? '';
      const slug = second === 0 ? `${subject}-${kind}` : `${subject}-${kind}-${place.toLowerCase()}`;
      return ownedServer(`${namespace}/${slug}`, {
        displayName: slug
          .split('-')
          .map((word) => word[0]?.toUpperCase() + word.slice(1))
          .join(' '),
        description: `A ${kind} for ${subject} data of ${place}, kept by the ${namespace} team.`,
        tools: [`${verb}_${subject}_${kind}`, `${verb}${place}`],
        domains: [`${slug}.${namespace}.example.com`],
      });
    }),
  ),
);

/** What an owner types, and what they mean by it. */
const queries: [query: string, meant: string][] = [
  // Typed wrong.
  ['wether radar', 'acme/weather-radar'],
  ['weathr archive', 'northwind/weather-archive'],
  ['calender planner', 'harbor-labs/calendar-planner'],
  ['calandar digest', 'studio/calendar-digest'],
  ['invoise exporter', 'acme/invoice-exporter'],
  ['invoice exportr', 'acme/invoice-exporter'],
  ['tranlation search', 'studio/translation-search'],
  ['recepie builder', 'acme/recipe-builder'],
  ['recipe bilder', 'acme/recipe-builder'],
  ['flihgt monitor', 'northwind/flight-monitor'],
  ['musik assistant', 'northwind/music-assistant'],
  ['photto tracker', 'acme/photo-tracker'],
  ['parcle tracker', 'northwind/parcel-tracker'],
  ['museem archive', 'studio/museum-archive'],
  ['gardn planner', 'acme/garden-planner'],
  ['enrgy monitor', 'harbor-labs/energy-monitor'],
  ['libary search', 'harbor-labs/library-search'],
  ['trafic radar', 'northwind/traffic-radar'],
  ['curency exporter', 'acme/currency-exporter'],
  ['farmacy digest', 'acme/pharmacy-digest'],
  // Letters turned around.
  ['waether radar', 'acme/weather-radar'],
  ['clendaar planner', 'harbor-labs/calendar-planner'],
  ['inovice exporter', 'acme/invoice-exporter'],
  ['recpie builder', 'acme/recipe-builder'],
  ['flgiht monitor', 'northwind/flight-monitor'],
  ['muisc assistant', 'northwind/music-assistant'],
  ['pohto tracker', 'acme/photo-tracker'],
  ['gadren planner', 'acme/garden-planner'],
  ['traffic raadr', 'northwind/traffic-radar'],
  ['podcast sreach', 'studio/podcast-search'],
  // Written together, or apart.
  ['weatherradar', 'acme/weather-radar'],
  ['calendarplanner', 'harbor-labs/calendar-planner'],
  ['invoiceexporter', 'acme/invoice-exporter'],
  ['recipebuilder', 'acme/recipe-builder'],
  ['flightmonitor', 'northwind/flight-monitor'],
  ['museumarchive', 'studio/museum-archive'],
  ['weatheradar', 'acme/weather-radar'],
  ['harborlabs energymonitor', 'harbor-labs/energy-monitor'],
  ['pod cast search', 'studio/podcast-search'],
  ['insurance track er', 'harbor-labs/insurance-tracker'],
  // Words of the description, the namespace, the place.
  ['weather radar acme team', 'acme/weather-radar'],
  ['northwind weather archive', 'northwind/weather-archive'],
  ['studio museum archive', 'studio/museum-archive'],
  ['climate digest nairobi', 'harbor-labs/climate-digest-nairobi'],
  ['festival builder', 'acme/festival-builder'],
  ['harbor library search', 'harbor-labs/library-search'],
  ['acme photo tracker', 'acme/photo-tracker'],
  ['radar for weather data', 'acme/weather-radar'],
  // Tools.
  ['list_weather_radar', 'acme/weather-radar'],
  ['compare_weather_archive', 'northwind/weather-archive'],
  ['compare weather archve', 'northwind/weather-archive'],
  ['listweatherradar', 'acme/weather-radar'],
  ['fetch invoice search', 'northwind/invoice-search'],
  ['summarize_recipe_radar', 'acme/recipe-radar'],
  ['shedule_calendar_planner', 'harbor-labs/calendar-planner'],
  // Domains and names as they are.
  ['weather-radar.acme.example.com', 'acme/weather-radar'],
  ['"calendar-planner.harbor-labs"', 'harbor-labs/calendar-planner'],
  ['acme/recipe-builder', 'acme/recipe-builder'],
  ['traffic-rad', 'northwind/traffic-radar'],
  ['invoice exp', 'acme/invoice-exporter'],
];

describe('searching for what is half remembered', () => {
  const search = new SimilarSearch();
  beforeAll(async () => {
    await search.follow(servers);
  });

  const rows = { servers, count: servers.length };
  const found = (query: string) => foundBy(foundLiterally(parseQuery(query), rows), { search });
  const names = (query: string) => found(query).servers.map(({ qualifiedName }) => qualifiedName);

  it('finds the right one of 400 among the first three, for nearly every query', () => {
    expect(servers).toHaveLength(400);
    expect(queries).toHaveLength(60);
    const missed = queries.filter(([query, meant]) => !names(query).slice(0, 3).includes(meant));
    expect(missed).toEqual([]);
  });

  it('says of what is only similar that it is', () => {
    expect(found('weather radar').kind).toBe('literal');
    expect(found('wether radar')).toMatchObject({ kind: 'similar' });
    expect(found('wether radar').similarWords.get('acme/weather-radar')).toEqual(
      expect.arrayContaining(['weather', 'radar']),
    );
  });

  it('takes what is in quotes at its word', () => {
    expect(found('"wether" radar')).toMatchObject({ count: 0, kind: 'literal' });
  });

  it('names what comes nearest where nothing is similar to all of it', () => {
    const { count, nearest } = found('wheather spacecraft');
    expect(count).toBe(0);
    expect(nearest.map(({ displayName }) => displayName)[0]).toMatch(/^Weather/);
    expect(found('zzzzzzzz')).toMatchObject({ count: 0, nearest: [] });
  });

  it('follows what is changed, added and deleted', async () => {
    const own = new SimilarSearch();
    const [first, second] = [ownedServer('a/planets'), ownedServer('a/oceans')];
    await own.follow([first, second]);
    expect(own.find(['plantes']).map(({ qualifiedName }) => qualifiedName)).toEqual(['a/planets']);
    await own.follow([{ ...second, description: 'formerly planets' }, ownedServer('a/rivers')]);
    expect(own.find(['plantes']).map(({ qualifiedName }) => qualifiedName)).toEqual(['a/oceans']);
    expect(own.find(['rivres']).map(({ qualifiedName }) => qualifiedName)).toEqual(['a/rivers']);
  });
});
