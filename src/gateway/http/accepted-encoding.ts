export type Encoding = 'br' | 'gzip';

const ENCODINGS: readonly Encoding[] = ['br', 'gzip'];

/** The best of our encodings that this `Accept-Encoding` takes; undefined where it takes none of them. */
export function acceptedEncoding(
  header: string | undefined,
  isThere: (encoding: Encoding) => boolean = () => true,
): Encoding | undefined {
  const refused = /;\s*q=0(\.0*)?$/;
  const parts = (header ?? '').split(',').map((part) => part.trim().toLowerCase());
  const names = new Set(
    parts.filter((part) => !refused.test(part)).map((part) => part.split(';', 1)[0]?.trim()),
  );
  return ENCODINGS.find((name) => names.has(name) && isThere(name));
}
