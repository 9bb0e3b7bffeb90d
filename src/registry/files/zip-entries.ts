import { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { callbackify } from 'node:util';
import yauzl, { type Entry, type ZipFile } from 'yauzl';
import { isPrintable } from '#registry/http/printable.ts';
import type { OpenBlob } from './blob-store.ts';

/** Why a ZIP file is not taken; the message is for the person who sent it. */
export class UnsafeZip extends Error {
  override name = 'UnsafeZip';
}

export interface ZipLimits {
  /** How many files and folders it may hold. */
  maxEntries: number;
  /** What all of them together may weigh unpacked, in bytes. */
  maxTotalBytes: number;
}

/** A ZIP file whose table of contents was checked. */
export interface CheckedZip {
  /** The files, without the folders, in the order of the table; sizes are what the table says. */
  files: readonly { name: string; size: number }[];
  /** Whether there is a file or a folder of this path, without a slash at its end. */
  holds(path: string): boolean;
  /** A file's bytes, or undefined where there is no such file. Rejects with UnsafeZip above `maxBytes`. */
  readEntry(name: string, maxBytes: number): Promise<Uint8Array | undefined>;
  /** Unpacks every file to nowhere. Rejects with UnsafeZip where one is not what the table says. */
  verify(): Promise<void>;
  close(): void;
}

const MAX_NAME_LENGTH = 500;
const READ_BYTES = 256 * 1024;
const STORED = 0;
const DEFLATED = 8;
// The kind of file, in the upper half of the attributes, as Unix writes it; 0 where another system made the file.
const KIND = 0o170000;
const PLAIN_KINDS = new Set([0, 0o100000, 0o040000]);

/**
 * Takes a blob as a ZIP file and checks every name and the sizes it declares, before anything is unpacked. Rejects with
 * UnsafeZip for one that is damaged, too large or could write elsewhere. Close it; the blob is closed with it, or where
 * this rejects.
 */
export async function checkedEntries(blob: OpenBlob, limits: ZipLimits): Promise<CheckedZip> {
  const reader = new BlobReader(blob);
  const refusing: Refusing = async (read) => orUnsafe(reader, read);
  let zip: ZipFile | undefined;
  try {
    const opened = await refusing(() =>
      yauzl.fromRandomAccessReaderPromise(reader, blob.size, {
        autoClose: false,
        strictFileNames: true,
        validateEntrySizes: true,
      }),
    );
    zip = opened;
    const { entries, names } = await refusing(() => readTable(opened, limits));
    return {
      files: [...entries.values()].map(({ fileName, uncompressedSize }) => ({
        name: fileName,
        size: uncompressedSize,
      })),
      holds: (path) => holds(names, path),
      readEntry: async (name, maxBytes) => {
        const entry = entries.get(name);
        return entry && refusing(() => readBytes(opened, entry, maxBytes));
      },
      verify: async () => {
        for (const entry of entries.values()) await refusing(() => unpackToNowhere(opened, entry));
      },
      close: () => opened.close(),
    };
  } catch (error) {
    if (zip === undefined) await blob.close();
    else zip.close();
    throw error;
  }
}

type Refusing = <Result>(read: () => Promise<Result>) => Promise<Result>;

/** What the library reads a blob through; it closes it once nothing reads any more. */
class BlobReader extends yauzl.RandomAccessReader {
  /** Why the blob could not be read. */
  failure: unknown;
  readonly #blob: OpenBlob;

  constructor(blob: OpenBlob) {
    super();
    this.#blob = blob;
  }

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null, bytesRead?: number) => void,
  ): void {
    const copy = async (): Promise<number> => (await this.#bytes(position, length)).copy(buffer, offset);
    callbackify(copy)(callback);
  }

  override _readStreamForRange(start: number, end: number): Readable {
    return Readable.from(this.#pieces(start, end));
  }

  override close(callback: (error: Error | null) => void): void {
    callbackify(async () => this.#blob.close())(callback);
  }

  async #bytes(position: number, length: number): Promise<Buffer> {
    try {
      return await this.#blob.read(position, length);
    } catch (error) {
      this.failure = error;
      throw error;
    }
  }

  async *#pieces(start: number, end: number): AsyncGenerator<Buffer> {
    for (let position = start; position < end;) {
      const bytes = await this.#bytes(position, Math.min(READ_BYTES, end - position));
      if (bytes.length === 0) return;
      yield bytes;
      position += bytes.length;
    }
  }
}

interface Table {
  /** The files. */
  entries: Map<string, Entry>;
  /** Of files, and of folders with a slash at their end; sorted. */
  names: string[];
}

async function readTable(zip: ZipFile, limits: ZipLimits): Promise<Table> {
  if (zip.entryCount > limits.maxEntries) {
    throw new UnsafeZip(`The ZIP file holds more than ${limits.maxEntries} files.`);
  }
  const files = new Map<string, Entry>();
  const seen = new Set<string>();
  let total = 0;
  for await (const entry of zip.eachEntry()) {
    const problem = problemOf(entry);
    if (problem !== undefined)
      throw new UnsafeZip(`The ZIP file holds "${shown(entry.fileName)}", ${problem}.`);
    if (seen.has(entry.fileName)) throw new UnsafeZip(`The ZIP file holds "${shown(entry.fileName)}" twice.`);
    seen.add(entry.fileName);
    total += entry.uncompressedSize;
    if (total > limits.maxTotalBytes) {
      throw new UnsafeZip(`The ZIP file unpacks to more than ${limits.maxTotalBytes} bytes.`);
    }
    if (!entry.fileName.endsWith('/')) files.set(entry.fileName, entry);
  }
  return { entries: files, names: [...seen].sort() };
}

// A folder need not be named to be there.
function holds(names: readonly string[], path: string): boolean {
  return (
    names[indexFrom(names, path)] === path ||
    names[indexFrom(names, `${path}/`)]?.startsWith(`${path}/`) === true
  );
}

/** Where in sorted names the first one is that does not come before a text. */
function indexFrom(names: readonly string[], text: string): number {
  let [from, to] = [0, names.length];
  while (from < to) {
    const middle = (from + to) >>> 1;
    if ((names[middle] ?? '') < text) from = middle + 1;
    else to = middle;
  }
  return from;
}

// Names that lead out of the folder are refused where they are read.
function problemOf(entry: Entry): string | undefined {
  const { fileName } = entry;
  if (fileName.length > MAX_NAME_LENGTH) return 'whose name is too long';
  if (!isPrintable(fileName)) return 'whose name has control characters';
  const steps = fileName.replace(/\/$/, '').split('/');
  if (steps.some((step) => step === '' || step === '.')) return 'whose path has empty steps';
  const kind = (entry.externalFileAttributes >>> 16) & KIND;
  if (!PLAIN_KINDS.has(kind)) return 'which is a link or a device, not a plain file';
  if (entry.isEncrypted()) return 'which is encrypted';
  if (entry.compressionMethod !== STORED && entry.compressionMethod !== DEFLATED) {
    return 'which is neither stored nor deflated';
  }
  if (fileName.endsWith('/') && entry.uncompressedSize > 0) return 'a folder with bytes of its own';
  return undefined;
}

async function readBytes(zip: ZipFile, entry: Entry, maxBytes: number): Promise<Uint8Array> {
  if (entry.uncompressedSize > maxBytes) {
    throw new UnsafeZip(`"${shown(entry.fileName)}" is larger than ${maxBytes} bytes.`);
  }
  const pieces: Uint8Array[] = [];
  // It ends with an error where the bytes are more or fewer than the table says.
  for await (const piece of await zip.openReadStreamPromise(entry)) pieces.push(piece as Uint8Array);
  return Buffer.concat(pieces);
}

async function unpackToNowhere(zip: ZipFile, entry: Entry): Promise<void> {
  const stream: Readable = await zip.openReadStreamPromise(entry);
  stream.resume();
  await finished(stream);
}

// What the library finds wrong is wrong with the file; that the blob cannot be read is not.
async function orUnsafe<Result>(reader: BlobReader, read: () => Promise<Result>): Promise<Result> {
  try {
    return await read();
  } catch (error) {
    if (reader.failure !== undefined) throw reader.failure;
    if (error instanceof UnsafeZip || !(error instanceof Error)) throw error;
    throw new UnsafeZip(`The ZIP file is damaged or unsafe: ${shown(error.message)}`);
  }
}

function shown(text: string): string {
  return text.replaceAll(/[\p{C}]/gu, '?').slice(0, 100);
}
