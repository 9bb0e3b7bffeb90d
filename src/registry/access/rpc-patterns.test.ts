import fc from 'fast-check';
import { RE2JS } from 're2js';
import { describe, expect, it } from 'vitest';
import { patternWeight } from './pattern-weight.ts';
import { allowsRpc, patternProblem } from './rpc-patterns.ts';

const limited = (...limits: Record<string, string>[]) => ({
  policy: limits.map((rpcReqMatch) => ({ rpcReqMatch })),
});
const call = (name: unknown) => ({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name } });

// Patterns as callers may nest them; some are none.
const { pattern: nestedPatterns } = fc.letrec<{ pattern: string; atom: string; repeated: string }>((tie) => ({
  atom: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom('a', 'é', '.', '\\pL', '\\d', '[a-z]', '[^a]', '[]a]', '\\Q{\\E', '\\x{41}', '^', '$'),
    tie('pattern').map((inner) => `(${inner})`),
    tie('pattern').map((inner) => `(?:${inner})`),
    tie('pattern').map((inner) => `(?P<n>${inner})`),
  ),
  repeated: fc
    .tuple(tie('atom'), fc.constantFrom('', '', '*', '+?', '?', '{3}', '{2,}', '{0,9}', '{20}', '{x}', '{'))
    .map((parts) => parts.join('')),
  pattern: fc
    .array(fc.oneof(tie('repeated'), fc.constant('|')), { minLength: 1, maxLength: 5 })
    .map((parts) => parts.join('')),
}));

describe('the patterns of a service token', () => {
  it('allow everything where there are none', () => {
    expect(allowsRpc({ policy: [] }, call('drop_table'))).toBe(true);
    expect(allowsRpc({ policy: [{ operations: ['execute'] }] }, call('drop_table'))).toBe(true);
  });

  it('must all match, those of one limit and those of every other', () => {
    const access = limited({ method: '^tools/call$', 'params.name': '^(create|search)_issues?$' });
    expect(allowsRpc(access, call('create_issue'))).toBe(true);
    expect(allowsRpc(access, call('delete_issue'))).toBe(false);
    expect(allowsRpc(access, { ...call('create_issue'), method: 'tools/list' })).toBe(false);
    const narrower = limited({ 'params.name': '_issue' }, { 'params.name': '^create' });
    expect(allowsRpc(narrower, call('create_issue'))).toBe(true);
    expect(allowsRpc(narrower, call('search_issue'))).toBe(false);
  });

  it('look anywhere in a text, unless they are anchored, and at no end of a line within it', () => {
    expect(allowsRpc(limited({ 'params.name': 'issue' }), call('create_issue_now'))).toBe(true);
    expect(allowsRpc(limited({ 'params.name': '^issue$' }), call('issue\n'))).toBe(false);
    expect(allowsRpc(limited({ 'params.name': '^issue$' }), call('drop\nissue'))).toBe(false);
  });

  it('read numbers and truths as text, and let nothing else match', () => {
    expect(allowsRpc(limited({ 'params.name': '^7$' }), call(7))).toBe(true);
    expect(allowsRpc(limited({ 'params.name': '^true$' }), call(true))).toBe(true);
    for (const name of [undefined, null, {}, ['issue'], { toString: 'issue' }]) {
      expect(allowsRpc(limited({ 'params.name': '.*' }), call(name))).toBe(false);
    }
    expect(allowsRpc(limited({ 'constructor.name': '.*' }), call('issue'))).toBe(false);
    for (const message of [null, 'text', 7, [[]]]) {
      expect(allowsRpc(limited({ method: '.*' }), message)).toBe(false);
    }
  });

  it('must match each message of a batch, which cannot be long', () => {
    const access = limited({ 'params.name': '^search$' });
    expect(allowsRpc(access, [call('search'), call('search')])).toBe(true);
    expect(allowsRpc(access, [call('search'), call('drop')])).toBe(false);
    expect(
      allowsRpc(
        access,
        Array.from({ length: 1000 }, () => call('search')),
      ),
    ).toBe(false);
  });

  it('let through what a session cannot do without, and nothing that calls something', () => {
    const access = limited({ 'params.name': '^search$' });
    for (const method of [
      'initialize',
      'server/discover',
      'notifications/initialized',
      'notifications/cancelled',
    ]) {
      expect(allowsRpc(access, { jsonrpc: '2.0', method, params: {} })).toBe(true);
    }
    expect(allowsRpc(access, { jsonrpc: '2.0', id: 1, result: {} })).toBe(true);
    const unidentified = { jsonrpc: '2.0', method: 'tools/call', params: { name: 'drop' }, result: {} };
    expect(allowsRpc(access, unidentified)).toBe(false);
    expect(allowsRpc(access, { ...unidentified, method: ['initialize'] })).toBe(false);
  });

  it('never hang, whatever the pattern and the text', () => {
    const hostile = ['(a+)+$', '(a|a)*b', '(.*a){20}$', '(a*)*'.repeat(50), '(a|b)*a(a|b){150}$'];
    for (const pattern of hostile) {
      expect(patternProblem(pattern)).toBeUndefined();
      for (const name of [`${'a'.repeat(255)}!`, `${'a'.repeat(1_000_000)}!`]) {
        expect(typeof allowsRpc(limited({ 'params.name': pattern }), call(name))).toBe('boolean');
      }
    }
    expect(allowsRpc(limited({ 'params.name': 'a' }), call('a'.repeat(1_000_000)))).toBe(false);
  });

  it('are weighed by what their repeats and sets grow to, before they are compiled', () => {
    const weights = {
      '^(create|search)_issues?$': 40,
      '[a-z0-9]{1,64}': 200,
      '((a{10}){10}){10}': Number.POSITIVE_INFINITY,
    };
    for (const [pattern, most] of Object.entries(weights)) {
      const { steps, sets } = patternWeight(pattern);
      expect(sets).toBe(0);
      expect(most === Number.POSITIVE_INFINITY ? steps > 1000 : steps <= most).toBe(true);
    }
    expect(patternWeight('[\\pL\\d]x\\PN[^a]é').sets).toBe(3);
    expect(patternWeight('(?i)[a-\\x{10ffff}]').sets).toBeGreaterThan(10);
    expect(patternWeight('(?i)^[a-z_]+$').sets).toBe(0);
    // A brace without a number, a set without an end and a bracket within a set are what they look like.
    expect(patternWeight('a{x}[]{9]').steps).toBeLessThan(10);
    expect(patternWeight('[a{1000}').steps).toBeGreaterThan(0);
  });

  it('of many kinds never weigh less than the program that they become', () => {
    fc.assert(
      fc.property(nestedPatterns, (pattern) => {
        let size: number;
        try {
          size = RE2JS.compile(pattern).programSize();
        } catch {
          return;
        }
        // A few steps stand around every program.
        expect(patternWeight(pattern).steps * 2 + 10).toBeGreaterThanOrEqual(size);
      }),
      { numRuns: 300 },
    );
  });

  it.each(['[', '(?=a)', '\\1', '(', 'a{2000}', '((a{100}){100}){100}', '((a?){30}){30}'])(
    'cannot be %s',
    (pattern) => {
      expect(patternProblem(pattern)).toMatch(/pattern|regular expression/);
    },
  );
});
