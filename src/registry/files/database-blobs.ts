import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import type { Kysely } from 'kysely';
import { isUniqueViolation } from '#database/engine.ts';
import type { Database } from '#database/schema.ts';
import { mayFailUnread, measure, type Blob, type BlobStore } from './blob-store.ts';

// What is kept is cut at this length: it can never be another one. A statement carries one piece, a reader holds few.
const CHUNK_BYTES = 256 * 1024;
// So that a long upload does not look like one that a crash left.
const TOUCH_EVERY_MS = 60_000;
// A ZIP file is read from its end, its table and its files in turn.
const CACHED_CHUNKS = 4;

/** There is no blob of this hash, or it ends too early; with the code that a missing file has. */
class BlobMissing extends Error {
  override name = 'BlobMissing';
  readonly code = 'ENOENT';
}

/** Blobs as rows, in pieces: processes that share a database need to share nothing else. */
export function databaseBlobs(db: Kysely<Database>, now: () => Date): BlobStore {
  const time = (): string => now().toISOString();

  async function find(hash: string): Promise<{ id: string; size: number }> {
    const found = await db
      .selectFrom('blobs')
      .select(['id', 'size'])
      .where('hash', '=', hash)
      .where('forgotten_at', 'is', null)
      .executeTakeFirst();
    if (found === undefined) throw new BlobMissing(`ENOENT: no blob ${hash}`);
    return found;
  }

  async function readChunk(id: string, seq: number): Promise<Buffer> {
    const found = await db
      .selectFrom('blob_chunks')
      .select('bytes')
      .where('blob_id', '=', id)
      .where('seq', '=', seq)
      .executeTakeFirst();
    if (found === undefined) throw new BlobMissing(`ENOENT: blob ${id} has no chunk ${seq}`);
    const { buffer, byteOffset, byteLength } = found.bytes;
    return Buffer.from(buffer, byteOffset, byteLength);
  }

  // No connection is held between two pieces, however slowly they come.
  async function writeChunks(id: string, bytes: AsyncIterable<Buffer>): Promise<void> {
    let touchedAt = now().getTime();
    let seq = 0;
    for await (const piece of inPieces(bytes)) {
      await db.insertInto('blob_chunks').values({ blob_id: id, seq, bytes: piece }).execute();
      seq += 1;
      if (now().getTime() - touchedAt < TOUCH_EVERY_MS) continue;
      touchedAt = now().getTime();
      await db.updateTable('blobs').set({ put_at: time() }).where('id', '=', id).execute();
    }
  }

  /** Makes a draft the blob of this hash. False where there is one already, which counts as put again. */
  async function name(id: string, { hash, size }: Blob): Promise<boolean> {
    const again = await db
      .updateTable('blobs')
      .set({ put_at: time(), forgotten_at: null })
      .where('hash', '=', hash)
      .returning('id')
      .executeTakeFirst();
    if (again !== undefined) return false;
    try {
      const named = await db
        .updateTable('blobs')
        .set({ hash, size, put_at: time(), forgotten_at: null })
        .where('id', '=', id)
        .returning('id')
        .executeTakeFirst();
      if (named === undefined) throw new BlobMissing(`ENOENT: the draft ${id} was swept away`);
      return true;
    } catch (error) {
      // Another process named one at this moment.
      if (isUniqueViolation(error)) return name(id, { hash, size });
      throw error;
    }
  }

  // Only as long as it is one: where the answer to naming it was lost, another process may count on the blob already.
  async function dropDraft(id: string): Promise<void> {
    await db.deleteFrom('blobs').where('id', '=', id).where('hash', 'is', null).execute();
  }

  async function* readRange(id: string, start: number, end: number): AsyncGenerator<Buffer> {
    for (let position = start; position <= end;) {
      const seq = Math.floor(position / CHUNK_BYTES);
      const from = position - seq * CHUNK_BYTES;
      const piece = (await readChunk(id, seq)).subarray(from, from + end - position + 1);
      if (piece.length === 0) throw new BlobMissing(`ENOENT: blob ${id} ends before ${position}`);
      yield piece;
      position += piece.length;
    }
  }

  return {
    async put(bytes, maxBytes) {
      mayFailUnread(bytes);
      const id = randomUUID();
      await db.insertInto('blobs').values({ id, size: 0, put_at: time() }).execute();
      try {
        const measured = measure(maxBytes);
        await writeChunks(id, measured.through(bytes));
        const blob = measured.blob();
        if (!(await name(id, blob))) await dropDraft(id);
        return blob;
      } catch (error) {
        // Where that fails too, it is a draft that the next sweep finds.
        await dropDraft(id).catch(() => {});
        throw error;
      }
    },
    async read(hash, range) {
      const { id, size } = await find(hash);
      return Readable.from(readRange(id, range?.start ?? 0, range?.end ?? size - 1));
    },
    async open(hash) {
      const { id, size } = await find(hash);
      const cache = new Map<number, Promise<Buffer>>();
      const cached = async (seq: number): Promise<Buffer> => {
        const chunk = cache.get(seq) ?? readChunk(id, seq);
        cache.delete(seq);
        cache.set(seq, chunk);
        const [oldest] = cache.keys();
        if (cache.size > CACHED_CHUNKS && oldest !== undefined) cache.delete(oldest);
        return chunk;
      };
      return {
        size,
        async read(position, length) {
          const pieces: Buffer[] = [];
          const end = Math.min(position + length, size);
          for (let at = position; at < end;) {
            const seq = Math.floor(at / CHUNK_BYTES);
            const from = at - seq * CHUNK_BYTES;
            const piece = (await cached(seq)).subarray(from, from + end - at);
            if (piece.length === 0) throw new BlobMissing(`ENOENT: blob ${id} ends before ${at}`);
            pieces.push(piece);
            at += piece.length;
          }
          return Buffer.concat(pieces);
        },
        close: async () => cache.clear(),
      };
    },
    async has(hash) {
      return find(hash).then(
        () => true,
        (error: unknown) => {
          if (error instanceof BlobMissing) return false;
          throw error;
        },
      );
    },
    async sweep({ before, isNeeded }) {
      const until = before.toISOString();
      const old = await db
        .selectFrom('blobs')
        .select(['id', 'hash'])
        .where('put_at', '<', until)
        .where('forgotten_at', 'is', null)
        .execute();
      for (const { id, hash } of old) {
        if (hash !== null && (await isNeeded(hash))) continue;
        // Whoever puts it at this moment has made it newer, or makes it known again.
        await db
          .updateTable('blobs')
          .set({ forgotten_at: time() })
          .where('id', '=', id)
          .where('put_at', '<', until)
          .execute();
      }
      // Later than it was forgotten, for whoever reads it meanwhile.
      await db.deleteFrom('blobs').where('forgotten_at', '<', until).execute();
    },
  };
}

/** The same bytes in pieces of one length, save the last. A piece is good until the next one is asked for. */
async function* inPieces(bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const piece = Buffer.allocUnsafe(CHUNK_BYTES);
  let filled = 0;
  for await (const chunk of bytes) {
    for (let taken = 0; taken < chunk.length;) {
      const copied = chunk.copy(piece, filled, taken);
      taken += copied;
      filled += copied;
      if (filled < CHUNK_BYTES) continue;
      yield piece;
      filled = 0;
    }
  }
  if (filled > 0) yield piece.subarray(0, filled);
}
