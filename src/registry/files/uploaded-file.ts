import type { Readable } from 'node:stream';
import { RegistryError } from '#registry/http/registry-error.ts';
import { bodyCutOff, feedParser, multipartParser } from './multipart.ts';

interface Upload<Result> {
  /** The one part that is looked for; undefined for a file under any name. */
  field?: string;
  /** What the file may weigh; `take` sees to it. */
  maxBytes: number;
  /** Given the file's bytes as they come. What it rejects with is the answer. */
  take: (bytes: Readable) => Promise<Result>;
}

/**
 * Hands the one file of a multipart body on and returns what became of it, once the body ended well. Throws a 400 for
 * another body, one that ends early, and one without a file or with two.
 */
export async function takeUploadedFile<Result>(
  request: Request,
  { field, maxBytes, take }: Upload<Result>,
): Promise<Result> {
  const what = field === undefined ? 'one file' : `one file named "${field}"`;
  const parser = multipartParser(request.headers.get('Content-Type') ?? '', {
    holds: what,
    limits: { parts: 10, fieldSize: 10_000 },
  });
  const stop = new AbortController();
  let file: Readable | undefined;
  let taken: Promise<Result> | undefined;

  parser.on('error', () => stop.abort(bodyCutOff()));
  parser.on('file', (name, stream) => {
    // It fails whenever it likes, also before and after anybody reads it.
    stream.on('error', () => {});
    if (taken === undefined && (field === undefined || name === field)) {
      file = stream;
      taken = take(stream);
      taken.catch((error: unknown) => stop.abort(error));
      return;
    }
    if (field === undefined || name === field)
      stop.abort(new RegistryError(400, `Body: must hold ${what}, not two`));
    stream.resume();
  });

  try {
    await feedParser(parser, request.body, { signal: stop.signal, maxFileBytes: maxBytes });
    if (taken === undefined) throw new RegistryError(400, `Body: holds no file; send ${what}`);
    return await taken;
  } catch (error) {
    const refusal: unknown = stop.signal.aborted ? stop.signal.reason : error;
    file?.destroy(bodyCutOff());
    await taken?.catch(() => {});
    throw refusal;
  }
}
