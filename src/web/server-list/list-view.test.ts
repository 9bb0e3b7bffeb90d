import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatView, isFiltered, parseView, type ListView, wholeView } from './list-view.ts';

describe('the view of the list in the address', () => {
  it('comes back from an address as it was', () => {
    const view = fc.record({
      query: fc.string({ unit: 'grapheme' }),
      namespace: fc.option(fc.string({ unit: 'grapheme', minLength: 1 })),
      state: fc.option(fc.constantFrom<ListView['state'][]>('live', 'local', 'other')),
      sort: fc.constantFrom<ListView['sort'][]>('uses', 'name', 'newest'),
    });
    fc.assert(
      fc.property(view, (view) => {
        expect(parseView(new URLSearchParams(formatView(view)))).toEqual(view);
      }),
    );
  });

  it('leaves the address bare for the whole list', () => {
    expect(formatView(wholeView)).toBe('');
    expect(parseView(new URLSearchParams())).toEqual(wholeView);
  });

  it('passes over what it does not know', () => {
    expect(parseView(new URLSearchParams('state=%3Cscript%3E&sort=price&page=7'))).toEqual(wholeView);
  });

  it('is not filtered by an order or by blanks', () => {
    expect(isFiltered({ ...wholeView, query: '  ', sort: 'name' })).toBe(false);
    expect(isFiltered({ ...wholeView, state: 'live' })).toBe(true);
  });
});
