import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';

/** A file kept by its content: the same bytes are kept once. */
export interface Blob {
  /** SHA-256 of the bytes, in hex. */
  hash: string;
  /** In bytes. */
  size: number;
}

/** A blob to be read here and there. Close it. */
export interface OpenBlob {
  /** In bytes. */
  size: number;
  /** So many bytes from a position on; fewer where the blob ends before. */
  read(position: number, length: number): Promise<Buffer>;
  close(): Promise<void>;
}

/** More bytes came than may. */
export class BlobTooLarge extends Error {
  override name = 'BlobTooLarge';
}

/** Where bundles are kept. Several processes may use the same place at once. */
export interface BlobStore {
  /** Keeps what the stream gives, no faster than it can be kept, whole or not at all. Rejects with BlobTooLarge above `maxBytes`. */
  put(bytes: Readable, maxBytes: number): Promise<Blob>;
  /** The bytes from `start` to `end`, both included, as fast as they are taken; rejects where there is no such blob. */
  read(hash: string, range?: { start: number; end: number }): Promise<Readable>;
  /** Rejects where there is no such blob. */
  open(hash: string): Promise<OpenBlob>;
  has(hash: string): Promise<boolean>;
  /**
   * Forgets every blob that was last put before this time and is not needed, and drafts that a crash left. Who already
   * reads one reads on. One that another process has just put stays, whatever is needed yet.
   */
  sweep(options: { before: Date; isNeeded: (hash: string) => Promise<boolean> }): Promise<void>;
}

/** Counts and hashes bytes that pass through it. */
export interface Measure {
  /** Lets them pass. Fails with BlobTooLarge above what was allowed. */
  through: (bytes: AsyncIterable<Buffer>) => AsyncGenerator<Buffer>;
  /** What has passed. */
  blob: () => Blob;
}

/**
 * Lets a stream fail before anybody reads it: its error comes with the first piece that is asked for then. Unheard, it would
 * end the process.
 */
export function mayFailUnread(bytes: Readable): void {
  bytes.once('error', () => {});
}

export function measure(maxBytes: number): Measure {
  const hash = createHash('sha256');
  let size = 0;
  return {
    async *through(bytes) {
      for await (const chunk of bytes) {
        size += chunk.length;
        if (size > maxBytes) throw new BlobTooLarge(`More than ${maxBytes} bytes`);
        hash.update(chunk);
        yield chunk;
      }
    },
    blob: () => ({ hash: hash.digest('hex'), size }),
  };
}
