import type { Readable } from 'node:stream';
import { storageProblem } from '#database/engine.ts';
import { RegistryError, wrongField } from '#registry/http/registry-error.ts';
import { BlobTooLarge, type Blob, type BlobStore } from '#registry/files/blob-store.ts';
import { bodyCutOff, feedParser, multipartParser } from '#registry/files/multipart.ts';

const MAX_PAYLOAD_BYTES = 1024 ** 2;
const MAX_PARTS = 10;

/** The parts of a release as they were sent. */
interface ReleaseUpload {
  payload: string;
  /** The bundle, put into the blob store. */
  bundle: Blob | null;
  /** The names of parts that were left unread. */
  ignored: string[];
}

/**
 * Reads the multipart body of a release, in whatever order its parts come; a bundle goes straight to the blob store.
 * Throws a 400 for a body of another kind or one that ends early, a 413 for a part that is too large, a 507 where the
 * disk is full.
 */
export async function readReleaseUpload(
  request: Request,
  { blobs, maxBundleBytes }: { blobs: BlobStore; maxBundleBytes: number },
): Promise<ReleaseUpload> {
  const parser = multipartParser(request.headers.get('Content-Type') ?? '', {
    holds: 'a "payload" field',
    limits: { fieldSize: MAX_PAYLOAD_BYTES, parts: MAX_PARTS },
  });
  const ignored: string[] = [];
  const stop = new AbortController();
  const refuse = (error: unknown): void => stop.abort(error);
  let payload: string | undefined;
  let file: Readable | undefined;
  let bundle: Promise<Blob> | undefined;

  parser.on('error', () => refuse(bodyCutOff()));
  parser.on('field', (name, value, _isNameCut, isCut) => {
    if (name !== 'payload') ignored.push(name);
    else if (payload !== undefined) refuse(wrongField('payload', 'was sent twice'));
    else if (isCut) refuse(new RegistryError(413, `payload: must be at most ${MAX_PAYLOAD_BYTES} bytes`));
    else payload = value;
  });
  parser.on('file', (name, stream) => {
    // It fails whenever it likes, also before and after anybody reads it.
    stream.on('error', () => {});
    if (name !== 'bundle' || file !== undefined) {
      if (name === 'bundle') refuse(wrongField('bundle', 'was sent twice'));
      if (name === 'payload') refuse(wrongField('payload', 'must be a text field, not a file'));
      ignored.push(name);
      stream.resume();
      return;
    }
    file = stream;
    bundle = blobs.put(stream, maxBundleBytes);
    bundle.catch((error: unknown) => refuse(refusalOf(error, maxBundleBytes)));
  });

  try {
    await feedParser(parser, request.body, { signal: stop.signal, maxFileBytes: maxBundleBytes });
    const blob = (await bundle) ?? null;
    if (payload === undefined) throw wrongField('payload', 'is missing; send it as a text field');
    return { payload, bundle: blob, ignored };
  } catch (error) {
    const refusal: unknown = stop.signal.aborted ? stop.signal.reason : error;
    file?.destroy(bodyCutOff());
    await bundle?.catch(() => {});
    throw refusal;
  }
}

function refusalOf(error: unknown, maxBundleBytes: number): unknown {
  if (error instanceof BlobTooLarge) {
    return new RegistryError(
      413,
      `bundle: must be at most ${maxBundleBytes} bytes; leave out what it does not need`,
    );
  }
  const problem = storageProblem(error);
  if (problem === 'full') {
    return new RegistryError(507, "The registry's disk is full: make room there, then release again");
  }
  return problem === undefined && (error as NodeJS.ErrnoException).code === undefined ? bodyCutOff() : error;
}
