import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';

/** A small site as a build leaves it: hashed assets, precompressed files beside their originals. */
export interface BuiltSite {
  folder: string;
  remove(): void;
}

export const SITE_SERVER_PAGE = '<!doctype html><html lang="en"><title>Touchmark</title><p>A server</html>';
export const SITE_INDEX = '<!doctype html><html lang="en"><title>Touchmark</title></html>';
export const SITE_SCRIPT = `export const words = '${'touchmark '.repeat(100)}';`;

export function buildTestSite(): BuiltSite {
  const folder = mkdtempSync(join(tmpdir(), 'touchmark-site-'));
  mkdirSync(join(folder, 'assets'));
  writeFileSync(join(folder, 'index.html'), SITE_INDEX);
  writeFileSync(join(folder, 'server.html'), SITE_SERVER_PAGE);
  writeFileSync(join(folder, 'favicon.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>');
  writeFileSync(join(folder, 'assets/app-3f9a.js'), SITE_SCRIPT);
  writeFileSync(join(folder, 'assets/app-3f9a.js.br'), brotliCompressSync(SITE_SCRIPT));
  writeFileSync(join(folder, 'assets/app-3f9a.js.gz'), gzipSync(SITE_SCRIPT));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
