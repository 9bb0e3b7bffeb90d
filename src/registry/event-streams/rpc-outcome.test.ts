import {
  array,
  assert,
  constantFrom,
  double,
  integer,
  json,
  jsonValue,
  oneof,
  property,
  string,
} from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RpcAnswers, RpcOutcome } from './rpc-outcome.ts';

/** What is read of a body that comes in pieces of this many bytes. */
function read(body: string, { isStream = false, size = 1 << 20 } = {}): [boolean, boolean] {
  const outcome = new RpcOutcome({ isStream });
  const bytes = Buffer.from(body);
  for (let at = 0; at < bytes.length; at += size) outcome.feed(bytes.subarray(at, at + size));
  return [outcome.isError, outcome.isToolError];
}

const answer = (rest: string) => `{"jsonrpc":"2.0","id":1,${rest}}`;

describe('what an answer says of its call', () => {
  it.each([
    ['a result', answer('"result":{"content":[]}'), [false, false]],
    ['an error', answer('"error":{"code":-32601,"message":"no"}'), [true, false]],
    ['an error that is none', answer('"error":null'), [false, false]],
    ['a tool that failed', answer('"result":{"content":[{"type":"text"}],"isError":true}'), [false, true]],
    [
      'a tool that failed, told first',
      answer('"result" : { "isError" : true, "content": [] }'),
      [false, true],
    ],
    ['a tool that did not', answer('"result":{"isError":false}'), [false, false]],
    ['an error deeper down', answer('"result":{"error":{"isError":true}}'), [false, false]],
    ['the words in a text', answer('"result":{"text":"\\"error\\":{} \\\\","x":"isError"}'), [false, false]],
    ['the words in a list', answer('"result":["isError",true,"error",1]'), [false, false]],
    ['the words as values', answer('"a":"error","b":{"c":"isError","d":true}'), [false, false]],
    ['another place for it', answer('"params":{"isError":true}'), [false, false]],
    ['a longer key', answer('"errors":{},"result":{"isErrors":true}'), [false, false]],
    ['several answers', `[${answer('"result":{}')},${answer('"error":{}')}]`, [true, false]],
    ['several results', `[${answer('"result":{"isError":true}')}]`, [false, true]],
    ['a text that ends in a backslash', answer('"a":"\\\\","error":{}'), [true, false]],
    ['no JSON', '<html>"error": {}</html>', [false, false]],
    ['nothing', '', [false, false]],
  ])('is %s', (_, body, expected) => {
    for (const size of [1, 2, 7, 1 << 20]) {
      expect([size, ...read(body, { size })]).toEqual([size, ...expected]);
      for (const end of ['\n', '\r', '\r\n']) {
        const events = [': hello', 'event: message', `data:${body}`, '', ''].join(end);
        expect([size, end, ...read(events, { size, isStream: true })]).toEqual([size, end, ...expected]);
      }
    }
  });

  it('is the same over several lines of an event, and goes on after an event that is broken off', () => {
    const events = [
      'data: {"jsonrpc":"2.0","params":{"a":"',
      '',
      'data: {"jsonrpc":"2.0","method":"notifications/progress","params":{"error":1}}',
      '',
      'id: 7',
      'data: {"jsonrpc":"2.0",',
      'data: "error":',
      'data: {}}',
    ];
    for (const end of ['\n', '\r', '\r\n']) {
      expect(read(events.join(end), { isStream: true, size: 3 })).toEqual([true, false]);
    }
    expect(read(events.slice(0, 4).join('\n'), { isStream: true })).toEqual([false, false]);
    expect(read('database: {"error":{}}\n\n', { isStream: true })).toEqual([false, false]);
  });

  it('is looked for in the first MiB alone', () => {
    const long = (length: number) => answer(`"a":"${'x'.repeat(length)}","error":{}`);
    expect(read(long(1_000_000))).toEqual([true, false]);
    expect(read(long(1_100_000))).toEqual([false, false]);
    expect(read(long(1_100_000), { size: 1000 })).toEqual([false, false]);
  });

  it('is what a parser finds, whatever the JSON and its pieces', () => {
    const value = jsonValue({ maxDepth: 3 });
    const key = constantFrom('error', 'result', 'isError', 'id', '"', '\\', 'ünïcödé');
    assert(
      property(
        array(array(value, { maxLength: 3 }), { maxLength: 3 }),
        key,
        key,
        value,
        json({ maxDepth: 1 }),
        integer({ min: 1, max: 40 }),
        (noise, outer, inner, deep, text, size) => {
          const message = { text, noise, [outer]: { more: noise, [inner]: deep }, last: text };
          const result = message['result' as keyof typeof message] as { isError?: unknown } | undefined;
          const expected = ['error' in message, result?.isError === true];
          expect(read(JSON.stringify(message), { size })).toEqual(expected);
          expect(read(JSON.stringify([message, 1], null, 2), { size })).toEqual(expected);
        },
      ),
    );
  });
});

describe('the answers in a stream', () => {
  /** Those in a stream that comes in pieces of this many bytes, shortly. */
  function answersIn(stream: string, size = 1 << 20) {
    const found: [unknown, boolean, boolean][] = [];
    const answers = new RpcAnswers(({ id, isError, isToolError }) => found.push([id, isError, isToolError]));
    const bytes = Buffer.from(stream);
    for (let at = 0; at < bytes.length; at += size) answers.feed(bytes.subarray(at, at + size));
    return found;
  }
  const event = (data: string) => `event: message\ndata: ${data}\n\n`;

  it('are told each with its id, whatever comes in between and in which pieces', () => {
    const stream = [
      event('{"jsonrpc":"2.0","id":1,"result":{"content":[]}}'),
      ': keep-alive\n\n',
      event('{"jsonrpc":"2.0","method":"sampling/createMessage","id":7,"params":{"error":1,"id":3}}'),
      event(
        '{"jsonrpc":"2.0","method":"notifications/progress","params":{"id":1,"result":{"isError":true}}}',
      ),
      event('{"error":{"code":-1,"data":{"id":5}},"jsonrpc":"2.0","id": "a\\u0062\\"},{\u00e4"}'),
      event('{"id":2.50 , "result":{"id":9,"isError":true}}'),
      event('[{"id":3,"result":{}},{"id":4,"error":{}},{"method":"ping","id":6}]'),
      event('{"id":null,"error":{}}'),
      event('{"error":{}}'),
      event('{"id":[8],"error":{}}'),
      event(`{"id":"${'x'.repeat(300)}","error":{}}`),
      event('{"id":10,"error":{"me'),
      event('{"result":{},"id":11}'),
    ].join('');
    for (const size of [1, 2, 7, 1 << 20]) {
      expect(answersIn(stream, size)).toEqual([
        [1, false, false],
        ['ab"},{ä', true, false],
        [2.5, false, true],
        [3, false, false],
        [4, true, false],
        [undefined, true, false],
        [undefined, true, false],
        [undefined, true, false],
        [undefined, true, false],
        [11, false, false],
      ]);
    }
  });

  it('are looked for in the first MiB of each event, however long the stream is', () => {
    const long = (length: number, id: number) => event(`{"a":"${'x'.repeat(length)}","id":${id},"error":{}}`);
    const stream = [long(1_000_000, 1), long(1_100_000, 2), long(1_000_000, 3), long(10, 4)].join('');
    expect(answersIn(stream, 60_000).map(([id]) => id)).toEqual([1, 3, 4]);
  });

  it('have the ids that a parser reads', () => {
    assert(
      property(oneof(string(), integer(), double()), integer({ min: 1, max: 9 }), (id, size) => {
        const message = JSON.stringify({ jsonrpc: '2.0', id, error: { code: 1, message: '' } });
        const told = (JSON.parse(message) as { id: unknown }).id;
        expect(answersIn(event(message), size)).toEqual([[told ?? undefined, true, false]]);
      }),
    );
  });
});
