import { describe, expect, it } from 'vitest';
import {
  formatActivityView,
  isNarrowed,
  parseActivityView,
  queryOfView,
  wholeActivity,
} from './activity-view.ts';

const parse = (text: string) => parseActivityView(new URLSearchParams(text));

describe('a view of Activity', () => {
  it('is the same after it went through an address', () => {
    const view = {
      query: 'a & b ',
      person: 'ann',
      action: 'server.delete',
      server: 'acme/größe',
      outcome: 'unclear',
      from: '2026-02-28',
      to: '2026-03-01',
    } as const;
    expect(parse(formatActivityView(view))).toEqual(view);
    expect(formatActivityView(wholeActivity)).toBe('');
    expect(parse('')).toEqual(wholeActivity);
  });

  it.each([
    'action=server.eat',
    'outcome=done',
    'from=yesterday',
    'to=2026-02-30',
    'to=2026-13-01',
    'from=12026-01-01',
    'person=',
    'server=',
  ])('leaves out %s, which it does not know', (text) => {
    expect(parse(text)).toEqual(wholeActivity);
  });

  it('is narrowed by anything but white space', () => {
    expect(isNarrowed(parse('q=%20'))).toBe(false);
    expect(isNarrowed(parse('q=a'))).toBe(true);
    expect(isNarrowed(parse('to=2026-02-28'))).toBe(true);
  });

  it('asks for whole days of the own calendar, the last one included', () => {
    const { from, to } = queryOfView(parse('from=2026-02-28&to=2026-02-28'));
    expect(new Date(from ?? '').getHours()).toBe(0);
    expect(Date.parse(to ?? '') - Date.parse(from ?? '')).toBe(86_400_000);
    expect(queryOfView(parse('q=%20rain%20'))).toEqual({ q: 'rain' });
  });
});
