import type { CheckedZip } from '#registry/files/zip-entries.ts';
import { imageTypeOf, MAX_ICON_BYTES } from '#registry/icons/image-type.ts';
import type { Manifest } from './manifest-shape.ts';

/** An image as icons are kept. */
export interface IconImage {
  content_type: string;
  bytes: Uint8Array;
}

/** The icon that a manifest names: an image in the bundle, a URL, or why it is neither. Null where it names none. */
export async function bundleIcon(
  { icon, icons }: Manifest,
  zip: CheckedZip,
): Promise<IconImage | { url: string } | { problem: string } | null> {
  const path = pickIcon(icons) ?? icon;
  if (typeof path !== 'string' || path === '') return null;
  if (/^https?:\/\//i.test(path)) return { url: path };
  const name = path.replace(/^(?:\.\/|\$\{__dirname\}\/)/, '');
  const file = zip.files.find((one) => one.name === name);
  if (file === undefined) return { problem: 'the bundle does not hold it' };
  if (file.size > MAX_ICON_BYTES) return { problem: `it is larger than ${MAX_ICON_BYTES} bytes` };
  const bytes = (await zip.readEntry(name, MAX_ICON_BYTES)) ?? new Uint8Array();
  const content_type = imageTypeOf(bytes);
  if (content_type === undefined) return { problem: 'it is no PNG, JPEG, GIF, SVG or WebP image' };
  return { content_type, bytes };
}

/** The image in a `data:` URL; undefined where it is none that may be an icon. */
export function imageInUrl(url: string): IconImage | undefined {
  const [, parameters = '', data = ''] = /^data:([^,]*),(.*)$/s.exec(url) ?? [];
  const bytes = parameters.endsWith(';base64') ? Buffer.from(data, 'base64') : unescaped(data);
  const content_type = bytes.length > MAX_ICON_BYTES ? undefined : imageTypeOf(bytes);
  return content_type === undefined ? undefined : { content_type, bytes };
}

function unescaped(data: string): Buffer {
  try {
    return Buffer.from(decodeURIComponent(data));
  } catch {
    return Buffer.alloc(0);
  }
}

/** Of several icons the first one that is not for dark pages, else the first one. */
export function pickIcon(icons: unknown): string | undefined {
  if (!Array.isArray(icons)) return undefined;
  const usable = (icons as unknown[]).filter(
    (one): one is { src: string; theme?: unknown } =>
      typeof one === 'object' && one !== null && typeof (one as { src?: unknown }).src === 'string',
  );
  return (usable.find(({ theme }) => theme !== 'dark') ?? usable[0])?.src;
}
