import { pipeline } from 'node:stream/promises';
import { measure, type BlobStore } from './blob-store.ts';

/** What is wrong with a blob, whose bytes are all read for that; undefined where nothing is. */
export async function blobProblem(
  store: BlobStore,
  hash: string,
): Promise<'missing' | 'damaged' | undefined> {
  const measured = measure(Number.MAX_SAFE_INTEGER);
  try {
    await pipeline(await store.read(hash), measured.through, async (bytes) => {
      for await (const piece of bytes) void piece;
    });
  } catch (error) {
    // Half of it is there where a piece of it is not.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      return (await store.has(hash)) ? 'damaged' : 'missing';
    }
    throw error;
  }
  return measured.blob().hash === hash ? undefined : 'damaged';
}
