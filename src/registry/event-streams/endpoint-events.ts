import { createParser } from 'eventsource-parser';
import { EventLines } from './event-lines.ts';

// Larger than any event that only names an address.
const MAX_HELD_BYTES = 64 * 1024;
// Also as careless parsers take it, and after a byte order mark.
const ENDPOINT = /^(\u00ef\u00bb\u00bf)?event *: *endpoint *$/i;

/** The address that a server names for posts is none that this stream may name. */
export class EndpointRefused extends Error {
  override name = 'EndpointRefused';
}

/**
 * A stream of server-sent events with the address in each `endpoint` event replaced: it says where a client of the older
 * transport posts to, with its credential. All else passes unchanged, event by event. `replace` may throw
 * EndpointRefused, and the stream breaks off with it.
 */
export function withEndpoints(
  events: ReadableStream<Uint8Array>,
  replace: (address: string) => string,
): ReadableStream<Uint8Array> {
  const lines = new EventLines();
  let held: Uint8Array[] = [];
  let heldBytes = 0;
  let isPassing = false;
  let isEndpoint = false;

  function hold(piece: Uint8Array): void {
    if (piece.length === 0) return;
    held.push(piece);
    heldBytes += piece.length;
  }

  function release(controller: TransformStreamDefaultController<Uint8Array>): void {
    if (heldBytes > 0) controller.enqueue(Buffer.concat(held));
    held = [];
    heldBytes = 0;
  }

  function endEvent(controller: TransformStreamDefaultController<Uint8Array>): void {
    if (isEndpoint) {
      const address = replace(dataOf(Buffer.concat(held).toString()));
      held = [Buffer.from(`event: endpoint\ndata: ${address}\n\n`)];
    }
    release(controller);
    isPassing = false;
    isEndpoint = false;
  }

  return events.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(piece, controller) {
        let at = 0;
        lines.feed(piece, ({ head, end }) => {
          hold(piece.subarray(at, end));
          at = end;
          if (ENDPOINT.test(head)) {
            // Its first lines have passed: without its end no client takes it for an event.
            if (isPassing) throw new EndpointRefused();
            isEndpoint = true;
          }
          if (head === '' || lines.isBetweenEvents) endEvent(controller);
        });
        hold(piece.subarray(at));
        if (!isPassing && heldBytes > MAX_HELD_BYTES) {
          if (isEndpoint) throw new EndpointRefused();
          isPassing = true;
        }
        if (isPassing) release(controller);
      },
      // What has no end is no event.
      flush: (controller) => {
        if (!isEndpoint) release(controller);
      },
    }),
  );
}

function dataOf(event: string): string {
  let data = '';
  const parser = createParser({
    onEvent: (found) => {
      ({ data } = found);
    },
  });
  // A line that ends in CR alone is over for it with the next character.
  parser.feed(`${event}\n`);
  return data;
}
