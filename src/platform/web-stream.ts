import type { Readable } from 'node:stream';

/**
 * The bytes of a Node stream as a web stream, read as they are taken. Given up, it ends the Node stream at once, also
 * where nobody had read from it yet: `ReadableStream.from` then leaves a file or a connection open, and
 * `Readable.toWeb` throws outside of every call where data comes just then.
 */
export function webStream(bytes: Readable): ReadableStream<Uint8Array> {
  // Told to whoever reads; where nobody does any more, nobody need hear of it.
  bytes.on('error', () => {});
  const pieces = bytes[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await pieces.next();
        if (done === true) controller.close();
        else controller.enqueue(value);
      },
      cancel() {
        bytes.destroy();
      },
    },
    { highWaterMark: 0 },
  );
}
