import type { UpstreamFetch } from '#registry/upstream/upstream-fetch.ts';

// Shorter ones, and mere numbers, stand in many a text without being meant.
const MIN_LENGTH = 8;
const NUMBER = /^\d+$/;
const INSTEAD = '***';

/**
 * Fetches from a server that was shown these secrets, and may repeat them: whoever reads its answers, to pass them on, to
 * write them down or to say what is wrong with them, does not see their values. Those of less than 8 characters, or of digits
 * alone, are left.
 */
export function hidingFetch(fetch: UpstreamFetch, secrets: readonly string[]): UpstreamFetch {
  if (secrets.length === 0) return fetch;
  return async (url, init) => {
    const { status, statusText, headers, body } = await fetch(url, init);
    const shown = new Headers();
    for (const [name, value] of headers) shown.append(name, hideInText(value, secrets));
    return new Response(body && hideInStream(body, secrets), { status, statusText, headers: shown });
  };
}

function hideInText(text: string, secrets: readonly string[]): string {
  return formsOf(secrets).reduce((hidden, form) => hidden.replaceAll(form, INSTEAD), text);
}

// Each piece is passed on at once, but for an end that may begin a secret.
function hideInStream(
  body: ReadableStream<Uint8Array>,
  secrets: readonly string[],
): ReadableStream<Uint8Array> {
  const forms = formsOf(secrets).map((form) => Buffer.from(form));
  if (forms.length === 0) return body;
  let kept: Uint8Array = new Uint8Array();
  return body.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(piece, controller) {
        let rest = Buffer.concat([kept, piece]);
        for (let found = firstIn(rest, forms); found !== undefined; found = firstIn(rest, forms)) {
          controller.enqueue(Buffer.concat([rest.subarray(0, found.start), Buffer.from(INSTEAD)]));
          rest = rest.subarray(found.end);
        }
        const whole = rest.length - lengthOfBeginning(rest, forms);
        if (whole > 0) controller.enqueue(rest.subarray(0, whole));
        kept = rest.subarray(whole);
      },
      flush(controller) {
        if (kept.length > 0) controller.enqueue(kept);
      },
    }),
  );
}

// As a value stands in plain text and as writers of JSON escape it; the longest first, since one may begin another.
function formsOf(secrets: readonly string[]): string[] {
  const values = secrets.filter((value) => value.length >= MIN_LENGTH && !NUMBER.test(value));
  const forms = values.flatMap((value) => {
    const json = JSON.stringify(value).slice(1, -1);
    const ascii = json.replaceAll(
      /[\u0080-\uffff]/g,
      (unit) => String.raw`\u` + unit.charCodeAt(0).toString(16).padStart(4, '0'),
    );
    return [value, json, ascii, json.replaceAll('/', String.raw`\/`)];
  });
  return [...new Set(forms)].sort((a, b) => b.length - a.length);
}

function firstIn(bytes: Buffer, forms: readonly Buffer[]): { start: number; end: number } | undefined {
  let first: { start: number; end: number } | undefined;
  for (const form of forms) {
    const start = bytes.indexOf(form);
    if (start >= 0 && (first === undefined || start < first.start))
      first = { start, end: start + form.length };
  }
  return first;
}

// How much of the end may go on as a secret.
function lengthOfBeginning(bytes: Buffer, forms: readonly Buffer[]): number {
  const longest = Math.max(...forms.map(({ length }) => length));
  for (let length = Math.min(longest - 1, bytes.length); length > 0; length -= 1) {
    const end = bytes.subarray(bytes.length - length);
    if (forms.some((form) => form.length > length && form.subarray(0, length).equals(end))) return length;
  }
  return 0;
}
