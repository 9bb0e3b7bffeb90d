import { brotliCompressSync, gzipSync } from 'node:zlib';
import { DESK_ATTRIBUTES, type DeskLook } from '#contract/desk-look.ts';

/**
 * The page as this desk's operator told it apart: by attributes of its root element, before the first paint. Returns its
 * bytes by encoding; undefined where there is nothing to tell, and the page stays as it was built.
 */
export function namedPage(
  html: Uint8Array,
  { name, accent }: DeskLook,
): Record<'identity' | 'br' | 'gzip', Uint8Array<ArrayBuffer>> | undefined {
  const attributes = [
    ...(name === null ? [] : [` ${DESK_ATTRIBUTES.name}="${escaped(name)}"`]),
    ...(accent === null ? [] : [` ${DESK_ATTRIBUTES.accent}="${accent}"`]),
  ].join('');
  if (attributes === '') return undefined;
  const text = Buffer.from(html)
    .toString()
    // Functions, since in a text "$&" would mean something.
    .replace(/<html\b/, (tag) => tag + attributes)
    .replace('<!--desk-->', () => escaped(name ?? ''))
    .replace(/<title>/, (tag) => (name === null ? tag : `${tag}${escaped(name)} · `));
  const bytes = new Uint8Array(Buffer.from(text));
  return {
    identity: bytes,
    br: new Uint8Array(brotliCompressSync(bytes)),
    gzip: new Uint8Array(gzipSync(bytes)),
  };
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => ENTITIES[sign] ?? sign);
}
