import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { releaseEvents } from './registry-answers.ts';
import { parseJson } from './response-parsing.ts';

// In characters. An event that brings a whole release's log is the largest.
const MAX_EVENT_SIZE = 2 * 1024 * 1024;

/**
 * The events of a release's stream, each with its data as its shape has it; what is no such event is not passed on. A
 * stream that is cut, or has an event that is too large, just ends: its watcher asks again, after the last event it has.
 */
export function readReleaseEvents(body: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  const encoder = new TextEncoder();
  const texts: string[] = [];
  let isOver = false;
  const parser = createParser({
    maxBufferSize: MAX_EVENT_SIZE,
    onEvent: (event) => void texts.push(...eventText(event)),
    // It keeps the connection through proxies.
    onComment: () => void texts.push(':\n\n'),
    onError: ({ type }) => void (isOver ||= type === 'max-buffer-size-exceeded'),
  });
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        while (texts.length === 0 && !isOver) {
          const { done, value } = await reader.read().catch(() => ({ done: true, value: undefined }));
          if (done || value === undefined) isOver = true;
          else parser.feed(decoder.decode(value, { stream: true }));
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
