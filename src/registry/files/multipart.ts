import { once } from 'node:events';
import { Busboy, type BusboyConfig, type BusboyInstance } from '@fastify/busboy';
import { RegistryError } from '#registry/http/registry-error.ts';

// What all other parts of a body may weigh, in bytes: those that are passed over are read too.
const MAX_OTHER_BYTES = 4 * 1024 * 1024;

/** Takes a multipart body apart. Throws a 400 where the content type is another one, or its boundary none. */
export function multipartParser(
  contentType: string,
  { holds, limits }: { holds: string; limits: NonNullable<BusboyConfig['limits']> },
): BusboyInstance {
  if (!/^multipart\/form-data\s*;.*boundary=/i.test(contentType)) {
    throw new RegistryError(400, `Body: must be multipart/form-data with ${holds}`);
  }
  try {
    return new Busboy({ headers: { 'content-type': contentType }, limits });
  } catch {
    // Of a boundary that is missing, or longer than it can look for: RFC 2046 allows 70 characters.
    throw new RegistryError(400, 'Body: its boundary must be 1 to 70 characters');
  }
}

/**
 * Gives a parser the whole body, no faster than it takes it. Rejects where the body ends early, weighs far more than the
 * file that it may hold, or is to stop.
 */
export async function feedParser(
  parser: BusboyInstance,
  body: Request['body'],
  { signal, maxFileBytes }: { signal: AbortSignal; maxFileBytes: number },
): Promise<void> {
  let size = 0;
  const finished = once(parser, 'finish', { signal });
  finished.catch(() => {});
  try {
    // Not cancelled where it is left early: that would break the connection on which the refusal is to be told.
    for await (const chunk of body?.values({ preventCancel: true }) ?? []) {
      signal.throwIfAborted();
      size += chunk.length;
      if (size > maxFileBytes + MAX_OTHER_BYTES) throw new RegistryError(413, 'Body: holds more than it may');
      if (!parser.write(chunk)) await once(parser, 'drain', { signal });
    }
  } catch (error) {
    throw error instanceof RegistryError ? error : bodyCutOff();
  }
  parser.end();
  await finished;
}

/** The refusal of a body that is not whole. */
export function bodyCutOff(): RegistryError {
  return new RegistryError(400, 'Body: ended before it was complete; send it again');
}
