import { describe, expect, it } from 'vitest';
import { allowsRpc, patternProblem } from './rpc-patterns.ts';

const limited = (...limits: Record<string, string>[]) => ({
  policy: limits.map((rpcReqMatch) => ({ rpcReqMatch })),
});
const call = (name: unknown) => ({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name } });

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
    for (const method of ['initialize', 'notifications/initialized', 'notifications/cancelled']) {
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

  it.each(['[', '(?=a)', '\\1', '(', 'a{2000}', '((a{100}){100}){100}', '((a?){30}){30}'])(
    'cannot be %s',
    (pattern) => {
      expect(patternProblem(pattern)).toMatch(/pattern|regular expression/);
    },
  );
});
