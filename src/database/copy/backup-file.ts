import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { fromJson, toJson, type Row } from './table-rows.ts';

// A backup is gzip over lines of JSON: a header, the bundles in pieces, the tables row by row, and an end that counts
// them and has the SHA-256 of every line before it. `zcat FILE` shows it.

const FORMAT = 1;
// Far more than the largest row.
const MAX_LINE_BYTES = 256 * 1024 ** 2;

/** What a backup says of itself before all else. */
export interface BackupHeader {
  /** When it was begun, ISO 8601. */
  at: string;
  /** The migrations that made its schema. */
  migrations: readonly string[];
  /** What the sealing secret of its data is told by. */
  secretFingerprint: string | null;
  /** The secret itself, base64, where it was asked for. */
  secret: string | null;
}

/** What a whole backup holds. */
export interface BackupSummary {
  /** How many rows of each table. */
  rows: Record<string, number>;
  blobs: number;
  /** Hashes of bundles that rows refer to and that are not in it, since they were nowhere. */
  missing: string[];
  /** The same, since their bytes were not theirs any more. */
  damaged: string[];
}

/** One thing of a backup, in the order of the file. A blob is read to its end before the next. */
export type BackupPart =
  | { kind: 'rows'; table: string; rows: Row[] }
  | { kind: 'blob'; hash: string; bytes: Readable };

/** The file is no whole backup; the message is one line. */
class BackupUnreadable extends Error {
  override name = 'BackupUnreadable';
}

/** Writes a backup line by line, no faster than the disk takes it. */
export interface BackupWriter {
  table(name: string, rows: readonly Row[]): Promise<void>;
  blob(hash: string, bytes: AsyncIterable<Buffer>): Promise<void>;
  /** Ends it, with all of it on the disk. */
  end(lacking: Pick<BackupSummary, 'missing' | 'damaged'>): Promise<BackupSummary>;
  /** Gives it up. */
  drop(): void;
}

/** Begins a backup in a file that must not exist. */
export async function writeBackup(path: string, header: BackupHeader): Promise<BackupWriter> {
  const gzip = createGzip({ level: 1 });
  const written = pipeline(gzip, createWriteStream(path, { flags: 'wx', mode: 0o600, flush: true }));
  // Told to whoever writes next, or ends it.
  written.catch(() => {});
  const hash = createHash('sha256');
  const counts: Record<string, number> = {};
  let blobs = 0;
  let current: string | undefined;

  async function line(value: unknown): Promise<void> {
    const text = `${JSON.stringify(value)}\n`;
    hash.update(text);
    if (gzip.destroyed) await written;
    if (!gzip.write(text)) await Promise.race([once(gzip, 'drain'), written]);
  }

  await line({ touchmark: 'backup', format: FORMAT, ...header });
  return {
    async table(name, rows) {
      for (const row of rows) {
        const columns = Object.keys(row);
        const shape = JSON.stringify([name, columns]);
        if (current !== shape) await line({ table: name, columns });
        current = shape;
        await line(columns.map((column) => toJson(row[column])));
        counts[name] = (counts[name] ?? 0) + 1;
      }
    },
    async blob(id, bytes) {
      blobs += 1;
      current = undefined;
      await line({ blob: id });
      for await (const piece of bytes) await line(toJson(piece));
    },
    async end(lacking) {
      const summary = { rows: counts, blobs, ...lacking };
      await line({ end: summary });
      gzip.end(`${JSON.stringify({ sha256: hash.digest('hex') })}\n`);
      await written;
      return summary;
    },
    drop: () => void gzip.destroy(),
  };
}

type Line = unknown[] | Record<string, unknown>;

/** What the file says of itself. Throws BackupUnreadable where it is no backup of ours. */
export async function readBackupHeader(path: string): Promise<BackupHeader> {
  const lines = readLines(path);
  try {
    const { value } = await lines.next();
    const header = value?.line as ({ touchmark?: unknown; format?: unknown } & BackupHeader) | undefined;
    if (header?.touchmark !== 'backup') throw new BackupUnreadable(`${path} is no backup of Touchmark.`);
    if (header.format !== FORMAT) {
      throw new BackupUnreadable(`${path} was made by a newer Touchmark. Restore it with that one.`);
    }
    return header;
  } finally {
    await lines.return(undefined);
  }
}

/** Reads a whole backup to see that it is one, and changes nothing. Throws BackupUnreadable. */
export async function verifyBackup(path: string, onBytes: (bytes: number) => void): Promise<BackupSummary> {
  const hash = createHash('sha256');
  let sum: unknown;
  let end: BackupSummary | undefined;
  const counts: Record<string, number> = {};
  let blobs = 0;
  let table: string | undefined;
  let blob: { name: unknown; hash: ReturnType<typeof createHash> } | undefined;
  const closeBlob = (): void => {
    if (blob !== undefined && blob.hash.digest('hex') !== blob.name) throw damaged(path);
    blob = undefined;
  };
  for await (const { line, bytes } of readLines(path)) {
    onBytes(bytes.length);
    if (sum !== undefined) throw damaged(path);
    if (end !== undefined) {
      sum = (line as { sha256?: unknown }).sha256;
      continue;
    }
    hash.update(bytes).update('\n');
    if (Array.isArray(line)) {
      if (table === undefined) throw damaged(path);
      counts[table] = (counts[table] ?? 0) + 1;
    } else if ('base64' in line) {
      if (blob === undefined) throw damaged(path);
      blob.hash.update(fromJson(line) as Buffer);
    } else {
      closeBlob();
      table = undefined;
      if ('blob' in line) {
        blob = { name: line['blob'], hash: createHash('sha256') };
        blobs += 1;
      } else if (typeof line['table'] === 'string') table = line['table'];
      else if ('end' in line) end = line['end'] as BackupSummary;
    }
  }
  if (end === undefined || sum !== hash.digest('hex')) throw damaged(path);
  const isWhole = end.blobs === blobs && JSON.stringify(end.rows) === JSON.stringify(counts);
  if (!isWhole) throw damaged(path);
  return end;
}

/** All that a verified backup holds. */
export async function* readBackup(path: string): AsyncGenerator<BackupPart> {
  const lines = readLines(path);
  let table = { name: '', columns: [] as string[] };
  let rows: Row[] = [];
  let weight = 0;
  let next = await lines.next();
  const flush = (): BackupPart => {
    const part = { kind: 'rows' as const, table: table.name, rows };
    rows = [];
    weight = 0;
    return part;
  };
  while (next.done !== true) {
    const { line, bytes } = next.value;
    if (Array.isArray(line)) {
      rows.push(Object.fromEntries(table.columns.map((column, index) => [column, fromJson(line[index])])));
      weight += bytes.length;
      if (rows.length >= 500 || weight > 4 * 1024 ** 2) yield flush();
    } else {
      if (rows.length > 0) yield flush();
      if (typeof line['blob'] === 'string') {
        const pieces = readPieces(lines);
        yield { kind: 'blob', hash: line['blob'], bytes: Readable.from(pieces.bytes) };
        next = pieces.next() ?? (await lines.next());
        continue;
      }
      if (typeof line['table'] === 'string') {
        table = { name: line['table'], columns: line['columns'] as string[] };
      }
    }
    next = await lines.next();
  }
}

type Lines = AsyncGenerator<{ line: Line; bytes: Buffer }, void, undefined>;

/** The pieces of a blob, and the line after them once they are read. */
function readPieces(lines: Lines) {
  let next: IteratorResult<{ line: Line; bytes: Buffer }, void> | undefined;
  async function* pieces(): AsyncGenerator<Buffer> {
    for (;;) {
      next = await lines.next();
      if (next.done === true || Array.isArray(next.value.line) || !('base64' in next.value.line)) return;
      yield fromJson(next.value.line) as Buffer;
    }
  }
  return { bytes: pieces(), next: () => next };
}

// Not by readline, for which a line may also end where JSON has no such end.
async function* readLines(path: string): Lines {
  const gunzip = createGunzip();
  const read = pipeline(createReadStream(path), gunzip);
  read.catch(() => {});
  let rest: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of gunzip as AsyncIterable<Buffer>) {
      let from = 0;
      for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, from)) {
        const bytes = Buffer.concat([...rest, chunk.subarray(from, at)]);
        yield { line: JSON.parse(bytes.toString('utf8')) as Line, bytes };
        rest = [];
        size = 0;
        from = at + 1;
      }
      rest.push(chunk.subarray(from));
      size += chunk.length - from;
      if (size > MAX_LINE_BYTES) throw damaged(path);
    }
    await read;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (error instanceof BackupUnreadable) throw error;
    if (code === 'ENOENT') throw new BackupUnreadable(`There is no file ${path}.`);
    if (error instanceof SyntaxError || code?.startsWith('Z_') === true) throw damaged(path);
    throw error;
  }
  if (size > 0) throw damaged(path);
}

function damaged(path: string): BackupUnreadable {
  return new BackupUnreadable(
    `${path} is no whole backup: it was cut or changed, or never was one. Nothing was restored; take another backup file.`,
  );
}
