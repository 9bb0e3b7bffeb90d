/** How much an icon may weigh. */
export const MAX_ICON_BYTES = 1024 * 1024;

const SIGNATURES: [type: string, start: string][] = [
  ['image/png', '\x89PNG\r\n\x1a\n'],
  ['image/jpeg', '\xff\xd8\xff'],
  ['image/gif', 'GIF87a'],
  ['image/gif', 'GIF89a'],
];

/** What kind of image these bytes are, told by themselves alone; undefined where it is none that may be an icon. */
export function imageTypeOf(bytes: Uint8Array): string | undefined {
  const start = Buffer.from(bytes.subarray(0, 16)).toString('latin1');
  const signature = SIGNATURES.find(([, signed]) => start.startsWith(signed));
  if (signature !== undefined) return signature[0];
  if (start.startsWith('RIFF') && start.startsWith('WEBP', 8)) return 'image/webp';
  return isSvg(bytes) ? 'image/svg+xml' : undefined;
}

function isSvg(bytes: Uint8Array): boolean {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return false;
  }
  for (;;) {
    text = text.trimStart();
    if (/^<svg[\s/>]/.test(text)) return true;
    const end = endOfProlog(text);
    if (end === undefined) return false;
    text = text.slice(end);
  }
}

// What may stand before the drawing. Not a doctype with entities of its own: they can grow without end.
function endOfProlog(text: string): number | undefined {
  for (const [opening, closing] of [
    ['<?', '?>'],
    ['<!--', '-->'],
    ['<!DOCTYPE svg', '>'],
  ] as const) {
    if (!text.startsWith(opening)) continue;
    const end = text.indexOf(closing, opening.length);
    if (end < 0 || (closing === '>' && text.slice(0, end).includes('['))) return undefined;
    return end + closing.length;
  }
  return undefined;
}
