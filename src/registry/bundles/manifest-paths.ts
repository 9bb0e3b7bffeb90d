import { posix } from 'node:path';
import type { Manifest } from './manifest-shape.ts';

const FOLDER = '${__dirname}';
const SEPARATORS = /\$\{(?:\/|pathSeparator)\}|\\/g;
// Where a path may be at its end, within a line for a shell or a list of paths.
const ENDS = /[\s:;,"'`|&<>()=]/g;
// From here on it depends on where and for whom it runs.
const UNKNOWN = /\$\{|[*?]/;
// Longer than any name in a bundle.
const MAX_PATH = 600;

/** A path in the bundle's folder that a field of the manifest names. */
export interface NamedPath {
  /** As `server.mcp_config.args.0`. */
  field: string;
  path: string;
}

/** The paths under `${__dirname}` that starting the server names and that the bundle does not hold. */
export interface MissingPaths {
  /** Of commands and arguments: the server cannot start without them. */
  needed: NamedPath[];
  /** Of environment variables: those may name what the server is yet to write. */
  inEnvironment: NamedPath[];
}

/** Looks for what a manifest's `mcp_config` names; `holds` says whether there is a file or a folder of a path. */
export function missingPaths({ server }: Manifest, holds: (path: string) => boolean): MissingPaths {
  const { mcp_config: config } = server;
  const missing: MissingPaths = { needed: [], inEnvironment: [] };
  if (config === undefined) return missing;
  const place = 'server.mcp_config';
  const parts = [
    { at: place, part: config },
    ...Object.entries(config.platform_overrides ?? {}).map(([platform, part]) => ({
      at: `${place}.platform_overrides.${platform}`,
      part,
    })),
  ];
  for (const { at, part } of parts) {
    const words = [['command', part.command], ...(part.args ?? []).map((arg, i) => [`args.${i}`, arg])];
    for (const [field, text] of words) collect(missing.needed, `${at}.${field}`, text);
    for (const [name, text] of Object.entries(part.env ?? {})) {
      collect(missing.inEnvironment, `${at}.env.${name}`, text);
    }
  }
  return missing;

  function collect(into: NamedPath[], field: string, text: unknown): void {
    const path = missingIn(text, holds);
    if (path !== undefined) into.push({ field, path });
  }
}

/** The first path under the bundle's folder in a text that is not there. */
function missingIn(text: unknown, holds: (path: string) => boolean): string | undefined {
  if (typeof text !== 'string') return undefined;
  const [, ...named] = text.split(FOLDER);
  return named.map((rest) => rest.replaceAll(SEPARATORS, '/')).find((rest) => !leadsSomewhere(rest, holds));
}

// A text may go on after the path: it leads somewhere if any beginning of it does that ends where a path may end.
function leadsSomewhere(rest: string, holds: (path: string) => boolean): boolean {
  const unknown = rest.search(UNKNOWN);
  const known = unknown < 0 ? rest : rest.slice(0, rest.lastIndexOf('/', unknown) + 1);
  const ends = [known.length, ...Array.from(known.matchAll(ENDS), ({ index }) => index)];
  return ends.some((end) => {
    if (end > MAX_PATH) return false;
    const path = known.slice(0, end);
    if (path !== '' && !path.startsWith('/')) return false;
    const inside = posix.normalize(`.${path}`).replace(/\/$/, '');
    // Clients add `.exe` where they need it.
    return inside === '.' || holds(inside) || holds(`${inside}.exe`);
  });
}

/** The variables `${user_config.…}` of a manifest's `mcp_config` that it does not ask its user for. */
export function unknownUserConfig({ server, user_config }: Manifest): string[] {
  const known = typeof user_config === 'object' && user_config !== null ? Object.keys(user_config) : [];
  const used = JSON.stringify(server.mcp_config ?? {}).matchAll(/\$\{user_config\.([\w-]+)\}/g);
  return [...new Set(Array.from(used, ([, name = '']) => name))].filter((name) => !known.includes(name));
}
