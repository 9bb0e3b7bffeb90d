import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

// What a first visit to the list may load, in kB (1000 bytes) over the wire with Brotli.
const LIMITS = { 'JS until rows are visible': 134, 'all JS with prefetches': 185 } as const;

const site = fileURLToPath(new URL('../../dist/web/', import.meta.url));

function wireSize(path: string): number {
  const file = join(site, path);
  return statSync(existsSync(`${file}.br`) ? `${file}.br` : file).size;
}

function sum(paths: Iterable<string>): number {
  return [...paths].reduce((total, path) => total + wireSize(path), 0) / 1000;
}

/** The JS that a built page names itself: its entry and what it preloads. */
function scriptsOf(page: string): string[] {
  const html = readFileSync(join(site, page), 'utf8');
  return [...html.matchAll(/(?:src|href)="\/(assets\/[^"]+\.js)"/g)].map((match) => match[1] ?? '');
}

/** A file and all that it imports at once, and what that imports in turn. */
function withImports(file: string): Set<string> {
  const files = new Set([file]);
  // Goes on to what is added meanwhile.
  for (const found of files) {
    const code = readFileSync(join(site, found), 'utf8');
    for (const [, name] of code.matchAll(/(?:from|import)\s*"\.\/([^"]+\.js)"/g)) files.add(`assets/${name}`);
  }
  return files;
}

const initial = scriptsOf('index.html');
const serverPage = scriptsOf('server.html');
const prefetched = new Set([...initial, ...serverPage]);
const sizes = { 'JS until rows are visible': sum(initial), 'all JS with prefetches': sum(prefetched) };
// What each page or tab that is gone to brings with it, beside what is there by then.
const OTHERS = 30;
const others = readdirSync(join(site, 'assets'))
  .filter((name) => /-(page|tab)-[\w-]{8}\.js$/.test(name) && !prefetched.has(`assets/${name}`))
  .map((name) => ({
    name: name.replace(/-[\w-]{8}\.js$/, ''),
    size: sum([...withImports(`assets/${name}`)].filter((file) => !prefetched.has(file))),
  }));

let failed = initial.length === 0;
for (const [name, limit] of Object.entries(LIMITS)) {
  const size = sizes[name as keyof typeof LIMITS];
  console.log(`${name}: ${size.toFixed(1)} kB of ${limit} kB`);
  failed ||= size > limit;
}
for (const { name, size } of others) {
  console.log(`${name}: ${size.toFixed(1)} kB of ${OTHERS} kB`);
  failed ||= size > OTHERS;
}
if (failed && process.argv.includes('--gate')) {
  console.error('The bundle is over its limit: find what grew with "npx vite build" and load it lazily.');
  process.exit(1);
}
