import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SERVER_FILTERS, SERVER_ORDERS } from '#contract/owned-servers.ts';
import { formatView, isFiltered, type ListView, parseView, settle, wholeView } from './list-view.ts';

describe('the view of the list in the address', () => {
  it('comes back from an address as it was', () => {
    const view: fc.Arbitrary<ListView> = fc.record({
      query: fc.string({ unit: 'grapheme' }),
      filter: fc.option(fc.constantFrom(...SERVER_FILTERS)),
      namespace: fc.option(fc.string({ unit: 'grapheme', minLength: 1 })),
      order: fc.option(
        fc.record({
          sort: fc.constantFrom(...SERVER_ORDERS),
          direction: fc.constantFrom('asc' as const, 'desc' as const),
        }),
      ),
    });
    fc.assert(
      fc.property(view, (view) => {
        expect(parseView(new URLSearchParams(formatView(view)))).toEqual(settle(view));
      }),
    );
  });

  it('leaves the address bare for the whole list', () => {
    expect(formatView(wholeView)).toBe('');
    expect(formatView({ ...wholeView, order: { sort: 'uses', direction: 'desc' } })).toBe('');
    expect(parseView(new URLSearchParams())).toEqual(wholeView);
  });

  it('names a direction only where a column is read the other way', () => {
    expect(formatView({ ...wholeView, order: { sort: 'name', direction: 'asc' } })).toBe('?sort=name');
    expect(formatView({ ...wholeView, order: { sort: 'uses', direction: 'asc' } })).toBe(
      '?sort=uses&direction=asc',
    );
  });

  it('tells the best hits from the most used of them', () => {
    const found = { ...wholeView, query: 'a' };
    expect(formatView(found)).toBe('?q=a');
    expect(formatView({ ...found, order: { sort: 'uses', direction: 'desc' } })).toBe('?q=a&sort=uses');
  });

  it('passes over what it does not know', () => {
    expect(parseView(new URLSearchParams('filter=%3Cscript%3E&sort=price&direction=up&page=7'))).toEqual(
      wholeView,
    );
  });

  it('is not filtered by an order or by blanks', () => {
    expect(isFiltered({ ...wholeView, query: '  ', order: { sort: 'name', direction: 'asc' } })).toBe(false);
    expect(isFiltered({ ...wholeView, filter: 'live' })).toBe(true);
  });
});
