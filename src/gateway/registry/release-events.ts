import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { releaseEvents } from './registry-answers.ts';
import { parseJson } from './response-parsing.ts';

// In characters. An event that brings a whole release's log is the largest.
const MAX_EVENT_SIZE = 2 * 1024 * 1024;
const COMMENT = ':\n\n';
const SILENCE = Symbol('silence');

/**
 * The events of a release's stream, each with its data as its shape has it; what is no such event is not passed on. A
 * stream that is cut, or has an event that is too large, just ends: its watcher asks again, after the last event it has.
 * Where it is silent for `commentMs`, a comment keeps the connection through proxies.
 */
export function readReleaseEvents(
  body: ReadableStream<Uint8Array>,
  commentMs: number,
): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  const encoder = new TextEncoder();
  const texts: string[] = [];
  let isOver = false;
  const parser = createParser({
    maxBufferSize: MAX_EVENT_SIZE,
    onEvent: (event) => void texts.push(...eventText(event)),
    onComment: () => void texts.push(COMMENT),
    onError: ({ type }) => void (isOver ||= type === 'max-buffer-size-exceeded'),
  });
  let reading: Promise<Uint8Array | undefined> | undefined;
  // Undefined at its end, however that comes.
  const read = async (): Promise<Uint8Array | undefined> =>
    reader.read().then(
      ({ value }) => value,
      () => undefined,
    );
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        while (texts.length === 0 && !isOver) {
          reading ??= read();
          const piece = await within(commentMs, reading);
          if (piece === SILENCE) {
            texts.push(COMMENT);
            break;
          }
          reading = undefined;
          if (piece === undefined) isOver = true;
          else parser.feed(decoder.decode(piece, { stream: true }));
        }
        if (texts.length > 0) controller.enqueue(encoder.encode(texts.splice(0).join('')));
        if (!isOver) return;
        await reader.cancel().catch(() => undefined);
        controller.close();
      },
      cancel: async (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
}

async function within<T>(ms: number, promise: Promise<T>): Promise<T | typeof SILENCE> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<typeof SILENCE>((resolve) => {
    timer = setTimeout(() => resolve(SILENCE), ms).unref();
  });
  const first = await Promise.race([promise, silence]);
  clearTimeout(timer);
  return first;
}

function eventText({ id, event = '', data }: EventSourceMessage): string[] {
  const read = releaseEvents.get(event)?.(parseJson(new TextEncoder().encode(data)), {
    entries: 0,
    values: 0,
  });
  if (read === undefined) return [];
  // An id is sent back in a header.
  const idLine = id !== undefined && /^[\x21-\x7e]{1,128}$/.test(id) ? `id: ${id}\n` : '';
  return [`${idLine}event: ${event}\ndata: ${JSON.stringify(read)}\n\n`];
}
