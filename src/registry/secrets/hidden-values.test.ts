import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hidingFetch } from './hidden-values.ts';

const TOKEN = 'ab/cd"ab/é-abab/cd';

/** What is read of an answer with this body, where these secrets were sent. */
const shown = async (body: BodyInit, secrets: string[], headers: HeadersInit = {}): Promise<Response> =>
  hidingFetch(async () => new Response(body, { headers }), secrets)('http://server.test');

describe('the values of secrets', () => {
  it('are hidden in an answer as they stand and as JSON may escape them', async () => {
    const json = JSON.stringify(TOKEN).slice(1, -1);
    const forms = [TOKEN, json, json.replace('é', String.raw`\u00e9`), json.replaceAll('/', String.raw`\/`)];
    for (const form of forms) {
      const answer = await shown(`{"before":"${form} after"}`, [TOKEN]);
      expect(await answer.text()).toBe('{"before":"*** after"}');
    }
  });

  it('are hidden in its headers, which else stay as they are, as does the status', async () => {
    const answer = await hidingFetch(
      async () =>
        new Response(null, { status: 404, headers: { 'Mcp-Note': 'a secret-value', 'X-Kept': 'b' } }),
      ['secret-value'],
    )('http://server.test');
    expect([answer.status, answer.body]).toEqual([404, null]);
    expect(Object.fromEntries(answer.headers)).toEqual({ 'mcp-note': 'a ***', 'x-kept': 'b' });
  });

  it('are left where they are too short, or a number, to be told from other text', async () => {
    const text = '{"n":12345678,"ok":true,"word":"weather"}';
    expect(await (await shown(text, ['12345678', 'true', 'weather'])).text()).toBe(text);
  });

  it('are hidden whole where one begins another', async () => {
    const secrets = ['12345678-', '12345678-longer'];
    expect(await (await shown('a 12345678-longer b', secrets)).text()).toBe('a *** b');
  });

  it('are hidden wherever the answer is cut', async () => {
    const part = fc.constantFrom(TOKEN, TOKEN.slice(0, 9), TOKEN.slice(0, 1), 'x', 'abcdefgh', 'é', '\n\n');
    await fc.assert(
      fc.asyncProperty(
        fc.array(part, { maxLength: 8 }),
        fc.infiniteStream(fc.nat(7)),
        async (parts, sizes) => {
          const bytes = Buffer.from(parts.join(''));
          const source = new ReadableStream<Uint8Array>({
            start(controller) {
              for (let at = 0; at < bytes.length;) {
                const size = 1 + (sizes.next().value as number);
                controller.enqueue(bytes.subarray(at, (at += size)));
              }
              controller.close();
            },
          });
          const text = await (await shown(source, [TOKEN, 'abcdefgh'])).text();
          expect(text).toBe(parts.join('').replaceAll(TOKEN, '***').replaceAll('abcdefgh', '***'));
        },
      ),
      { numRuns: 300 },
    );
  });

  it('hold up nothing that cannot be their beginning', async () => {
    let more = (_text: string): void => {};
    const source = new ReadableStream<Uint8Array>({
      start(controller) {
        more = (text) => controller.enqueue(Buffer.from(text));
      },
    });
    const reader = (await shown(source, [TOKEN])).body?.getReader();
    for (const text of ['data: 1\n\n', 'data: ab/c, and so on\n\n']) {
      more(text);
      expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toBe(text);
    }
  });
});
