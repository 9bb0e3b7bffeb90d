import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hideInStream, hideInText } from './hidden-values.ts';

const TOKEN = 'ab/cd"ab/é-abab/cd';

describe('the values of secrets', () => {
  it('are hidden in a text as they stand and as JSON may escape them', () => {
    const json = JSON.stringify(TOKEN).slice(1, -1);
    const forms = [TOKEN, json, json.replace('é', String.raw`\u00e9`), json.replaceAll('/', String.raw`\/`)];
    for (const form of forms) {
      expect(hideInText(`{"before":"${form} after"}`, [TOKEN])).toBe('{"before":"*** after"}');
    }
  });

  it('are left where they are too short, or a number, to be told from other text', () => {
    const text = '{"n":12345678,"ok":true,"word":"weather"}';
    expect(hideInText(text, ['12345678', 'true', 'weather'])).toBe(text);
  });

  it('are hidden whole where one begins another', () => {
    expect(hideInText('a 12345678-longer b', ['12345678-', '12345678-longer'])).toBe('a *** b');
  });

  it('are hidden in a stream just as in the whole, wherever it is cut', async () => {
    const part = fc.constantFrom(TOKEN, TOKEN.slice(0, 9), TOKEN.slice(0, 1), 'x', 'abcdefgh', 'é', '\n\n');
    await fc.assert(
      fc.asyncProperty(
        fc.array(part, { maxLength: 8 }),
        fc.infiniteStream(fc.nat(7)),
        async (parts, sizes) => {
          const text = parts.join('');
          const secrets = [TOKEN, 'abcdefgh'];
          const bytes = Buffer.from(text);
          const source = new ReadableStream<Uint8Array>({
            start(controller) {
              for (let at = 0; at < bytes.length;) {
                const size = 1 + (sizes.next().value as number);
                controller.enqueue(bytes.subarray(at, (at += size)));
              }
              controller.close();
            },
          });
          expect(await new Response(hideInStream(source, secrets)).text()).toBe(hideInText(text, secrets));
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
    const reader = hideInStream(source, [TOKEN]).getReader();
    for (const text of ['data: 1\n\n', 'data: ab/c, and so on\n\n']) {
      more(text);
      expect(Buffer.from((await reader.read()).value ?? []).toString()).toBe(text);
    }
  });
});
