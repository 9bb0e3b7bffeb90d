import type { OpenBlob } from '#registry/files/blob-store.ts';

const HEADER = 'MCPB_SIG_V1';
const FOOTER = 'MCPB_SIG_END';
const LENGTH_BYTES = 4;
// Whoever reads a ZIP file looks for its end in the last 64 KiB.
const MAX_BLOCK_BYTES = 65_535;
const ZIP_END = 0x06054b50;
const ZIP_END_BYTES = 22;

/** A bundle, and what its packer put behind it. */
export interface SplitBundle {
  /** The ZIP file alone, as it was when it was signed. Closing it closes the bundle. */
  zip: OpenBlob;
  /** A PKCS#7 message in DER; null where the bundle is not signed. */
  signature: Buffer | null;
}

/**
 * Takes the signature off a bundle as `mcpb sign` writes it: behind the end of the ZIP file a word, the length in four
 * bytes with the lowest first, the signature and another word. What else may stand there is left where it is.
 */
export async function splitBundle(bundle: OpenBlob): Promise<SplitBundle> {
  const tailBytes = Math.min(bundle.size, MAX_BLOCK_BYTES);
  const tail = await bundle.read(bundle.size - tailBytes, tailBytes);
  const start = findBlock(tail);
  if (start === undefined) return { zip: bundle, signature: null };
  const signature = tail.subarray(start + HEADER.length + LENGTH_BYTES, -FOOTER.length);
  const size = bundle.size - (tail.length - start);
  return { zip: await cutAt(bundle, size), signature };
}

function findBlock(tail: Buffer): number | undefined {
  const end = tail.length - FOOTER.length;
  if (end < 0 || tail.toString('latin1', end) !== FOOTER) return undefined;
  for (let start = tail.lastIndexOf(HEADER); start >= 0; start = tail.lastIndexOf(HEADER, start - 1)) {
    const from = start + HEADER.length + LENGTH_BYTES;
    if (from <= end && tail.readUInt32LE(from - LENGTH_BYTES) === end - from) return start;
    if (start === 0) return undefined;
  }
  return undefined;
}

// Newer packers tell the ZIP file that the signature is its comment: so that strict readers take it, but after they signed.
async function cutAt(bundle: OpenBlob, size: number): Promise<OpenBlob> {
  const lengthAt = size - 2;
  const end = await bundle.read(Math.max(0, size - ZIP_END_BYTES), Math.min(size, ZIP_END_BYTES));
  const isComment =
    end.length === ZIP_END_BYTES &&
    end.readUInt32LE(0) === ZIP_END &&
    end.readUInt16LE(ZIP_END_BYTES - 2) === bundle.size - size;
  return {
    size,
    async read(position, length) {
      const bytes = await bundle.read(position, Math.max(0, Math.min(length, size - position)));
      if (!isComment || position + bytes.length <= lengthAt) return bytes;
      const signed = Buffer.from(bytes);
      signed.fill(0, Math.max(0, lengthAt - position));
      return signed;
    },
    close: async () => bundle.close(),
  };
}
