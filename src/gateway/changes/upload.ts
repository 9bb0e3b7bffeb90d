import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { Busboy } from '@fastify/busboy';
import type { StreamBody } from '#gateway/registry/registry-calls.ts';

/** What an upload turned out to hold. */
export interface UploadFacts {
  /** Of its first file; null where it has none. */
  fileName: string | null;
  /** Of its first file, in bytes. */
  fileBytes: number | null;
  /** The names of its parts with the SHA-256 of each: the same for the same form, whatever its boundaries. */
  digest: string;
}

/** A multipart body on its way from the browser to the registry. It can be read once. */
export interface Upload extends StreamBody {
  /** What it held; undefined until its last byte has come. */
  facts(): UploadFacts | undefined;
  /** Why it was given up before the last byte: the browser broke off, or sent more than it may. Undefined otherwise. */
  brokenOff(): string | undefined;
  /** Reads it to its end and passes it on to nobody. */
  drain(): Promise<void>;
}

interface Limits {
  maxBytes: number;
  /** How long a piece may wait to be taken, in milliseconds. */
  idleMs: number;
}

/** Passes a body on piece by piece, never holding more than one, and takes down what it holds. */
export function openUpload(
  source: ReadableStream<Uint8Array>,
  { contentType, contentLength }: Pick<StreamBody, 'contentType' | 'contentLength'>,
  { maxBytes, idleMs }: Limits,
): Upload {
  const reader = source.getReader();
  const parts = createPartReader(contentType);
  let bytes = 0;
  let facts: UploadFacts | undefined;
  let brokenOff: string | undefined;
  let waiting: NodeJS.Timeout | undefined;
  let end = (): void => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });

  const stop = (controller: ReadableStreamDefaultController<Uint8Array>, why: string): void => {
    clearTimeout(waiting);
    end();
    controller.error(new Error(why));
  };

  const stream = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        clearTimeout(waiting);
        try {
          const { done, value } = await reader.read();
          if (done) {
            facts = await parts.finish();
            controller.close();
            return end();
          }
          bytes += value.length;
          if (bytes > maxBytes) {
            brokenOff = 'The upload is larger than it may be.';
            return stop(controller, brokenOff);
          }
          await parts.write(value);
          controller.enqueue(value);
          // Who stops taking it in the middle never gets the rest.
          waiting = setTimeout(() => stop(controller, 'The upload was not taken'), idleMs).unref();
        } catch {
          brokenOff = 'The upload broke off before it was whole.';
          stop(controller, brokenOff);
        }
      },
      cancel() {
        clearTimeout(waiting);
        end();
      },
    },
    { highWaterMark: 0 },
  );

  return {
    contentType,
    contentLength,
    stream,
    ended,
    facts: () => facts,
    brokenOff: () => brokenOff,
    async drain() {
      const drained = stream.getReader();
      try {
        for (;;) if ((await drained.read()).done) return;
      } catch {
        // What came is not whole: it has no facts.
      }
    },
  };
}

/** Takes down the parts of a form as its bytes go by. A body that is no such form is taken as one part. */
function createPartReader(contentType: string) {
  const whole = createHash('sha256');
  const parts: { name: string; fileName: string | null; bytes: number; hash: string }[] = [];
  let isReadable = true;
  const parser = new Busboy({
    headers: { 'content-type': contentType },
    limits: { parts: 100, fieldSize: 1024 ** 2, headerPairs: 100 },
  });
  parser.on('error', () => {
    isReadable = false;
  });
  parser.on('field', (name, value) => {
    const hash = createHash('sha256').update(value).digest('hex');
    parts.push({ name, fileName: null, bytes: Buffer.byteLength(value), hash });
  });
  parser.on('file', (name, file, fileName) => {
    const hash = createHash('sha256');
    const part = { name, fileName, bytes: 0, hash: '' };
    parts.push(part);
    file.on('data', (piece: Buffer) => {
      part.bytes += piece.length;
      hash.update(piece);
    });
    file.on('end', () => {
      part.hash = hash.digest('hex');
    });
    // Told of by the parser too.
    file.on('error', () => {});
  });
  return {
    async write(piece: Uint8Array): Promise<void> {
      whole.update(piece);
      // Rejects where the parser fails, which is told to its listener above; leaves no listener of its own behind.
      if (isReadable && !parser.write(piece)) await once(parser, 'drain').catch(() => {});
    },
    async finish(): Promise<UploadFacts> {
      if (isReadable) {
        const finished = once(parser, 'finish').catch(() => {
          isReadable = false;
        });
        parser.end();
        await finished;
      }
      const file = parts.find(({ fileName }) => fileName !== null);
      return {
        fileName: file?.fileName ?? null,
        fileBytes: file?.bytes ?? null,
        digest: isReadable ? JSON.stringify(parts) : whole.digest('hex'),
      };
    },
  };
}
