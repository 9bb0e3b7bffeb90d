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

/** The JS that the page names itself: its entry and what it preloads. */
function initialScripts(): string[] {
  const html = readFileSync(join(site, 'index.html'), 'utf8');
  return [...html.matchAll(/(?:src|href)="\/(assets\/[^"]+\.js)"/g)].map((match) => match[1] ?? '');
}

const initial = initialScripts();
const all = readdirSync(join(site, 'assets'))
  .filter((name) => name.endsWith('.js'))
  .map((name) => `assets/${name}`);
const sizes = { 'JS until rows are visible': sum(initial), 'all JS with prefetches': sum(all) };
let failed = initial.length === 0;
for (const [name, limit] of Object.entries(LIMITS)) {
  const size = sizes[name as keyof typeof LIMITS];
  console.log(`${name}: ${size.toFixed(1)} kB of ${limit} kB`);
  failed ||= size > limit;
}
if (failed && process.argv.includes('--gate')) {
  console.error('The bundle is over its limit: find what grew with "npx vite build" and load it lazily.');
  process.exit(1);
}
