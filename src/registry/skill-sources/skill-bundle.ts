import { RegistryError, wrongField } from '#registry/http/registry-error.ts';
import type { Blob, BlobStore } from '#registry/files/blob-store.ts';
import { checkedEntries, UnsafeZip, type CheckedZip, type ZipLimits } from '#registry/files/zip-entries.ts';
import { MAX_DOCUMENT_BYTES, parseSkillDocument, type SkillDocument } from './skill-document.ts';

/** What an uploaded bundle may weigh, in bytes. */
export const MAX_BUNDLE_BYTES = 20 * 1024 * 1024;

const LIMITS: ZipLimits = { maxEntries: 2000, maxTotalBytes: 100 * 1024 * 1024 };
const MAX_FILE_BYTES = 1024 * 1024;
const DOCUMENT = 'SKILL.md';

/** A bundle that was looked through. */
export interface SkillBundle extends Blob {
  /** The folder inside that holds SKILL.md, with a slash at its end; empty for none. */
  folder: string;
}

/** Looks through a bundle. Throws a 400 where it is no ZIP file or not a safe one, a 422 for what is wrong with SKILL.md. */
export async function inspectBundle(
  blobs: BlobStore,
  blob: Blob,
): Promise<{ bundle: SkillBundle; document: SkillDocument }> {
  return withZip(blobs, blob.hash, async (zip) => {
    const folder = folderOf(zip);
    const bytes = await zip.readEntry(folder + DOCUMENT, MAX_DOCUMENT_BYTES);
    if (bytes === undefined) {
      throw new RegistryError(
        422,
        'SKILL.md: is missing; it must be at the top of the ZIP file or of its one folder',
      );
    }
    const document = parseSkillDocument(bytes);
    await zip.verify();
    return { bundle: { ...blob, folder }, document };
  });
}

/** A file of a skill's bundle, by its path beside SKILL.md; undefined where there is none, or one too large to show. */
export async function readBundleFile(
  blobs: BlobStore,
  { hash, folder, path }: { hash: string; folder: string; path: string },
): Promise<Uint8Array | undefined> {
  return withZip(blobs, hash, async (zip) => {
    const file = zip.files.find(({ name }) => name === folder + path);
    return file !== undefined && file.size <= MAX_FILE_BYTES
      ? zip.readEntry(file.name, MAX_FILE_BYTES)
      : undefined;
  });
}

// A folder was packed either by what is in it or as a whole.
function folderOf({ files }: CheckedZip): string {
  if (files.some(({ name }) => name === DOCUMENT)) return '';
  const folders = new Set(files.map(({ name }) => name.slice(0, name.indexOf('/') + 1)));
  // Left beside it by the packer of an operating system.
  folders.delete('__MACOSX/');
  const [folder = ''] = folders;
  return folders.size === 1 ? folder : '';
}

async function withZip<Result>(
  blobs: BlobStore,
  hash: string,
  read: (zip: CheckedZip) => Promise<Result>,
): Promise<Result> {
  let zip: CheckedZip | undefined;
  try {
    zip = await checkedEntries(await blobs.open(hash), LIMITS);
    return await read(zip);
  } catch (error) {
    if (error instanceof UnsafeZip) throw wrongField('archive', error.message);
    throw error;
  } finally {
    zip?.close();
  }
}
