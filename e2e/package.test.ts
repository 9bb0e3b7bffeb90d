import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Rolldown } from 'vite';
import { afterEach, describe, expect, it } from 'vitest';
import { cleanEnvironment } from './support/desk.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

interface Manifest {
  name: string;
  version: string;
  bin: { touchmark: string };
  dependencies: Record<string, string>;
}

/** What `npm pack` tells of a package; sizes in bytes. */
interface Pack {
  filename: string;
  size: number;
  unpackedSize: number;
}

/** Name and version of each package that the pages and the server are built of. */
async function builtIn(): Promise<string[]> {
  const builds = [false, true].map(async (ssr) =>
    build({ root, mode: 'production', logLevel: 'silent', build: { write: false, ssr } }),
  );
  const outputs = (await Promise.all(builds)).flat() as Rolldown.RolldownOutput[];
  const modules = outputs.flatMap(({ output }) =>
    output.flatMap((file) => (file.type === 'chunk' ? file.moduleIds : [])),
  );
  const packages = modules.flatMap((id) => {
    const inside = id.lastIndexOf('/node_modules/') + '/node_modules/'.length;
    if (!id.includes('/node_modules/')) return [];
    const [scope = '', name = ''] = id.slice(inside).split('/');
    return [join(id.slice(id.indexOf('/'), inside), scope.startsWith('@') ? join(scope, name) : scope)];
  });
  return Array.from(new Set(packages), (folder) => {
    const { name, version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
    return `${name} ${version}`;
  });
}

describe('the package', () => {
  const folders: string[] = [];
  afterEach(() => {
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
  });

  /** The packed package, unpacked beside nothing but the dependencies that it declares. */
  function unpack(): { folder: string; manifest: Manifest; pack: Pack } {
    const folder = mkdtempSync(join(tmpdir(), 'touchmark-package-'));
    folders.push(folder);
    // Built already; its own build script would do it again under the other tests.
    const packOutput = execFileSync(
      'npm',
      ['pack', '--ignore-scripts', '--json', '--pack-destination', folder],
      {
        cwd: root,
        encoding: 'utf8',
      },
    );
    const [pack] = JSON.parse(packOutput) as [Pack];
    execFileSync('tar', ['-xzf', join(folder, pack.filename), '-C', folder]);
    const packed = join(folder, 'package');
    const manifest = JSON.parse(readFileSync(join(packed, 'package.json'), 'utf8')) as Manifest;
    for (const name of Object.keys(manifest.dependencies)) {
      const place = join(packed, 'node_modules', name);
      mkdirSync(dirname(place), { recursive: true });
      symlinkSync(join(root, 'node_modules', name), place);
    }
    return { folder: packed, manifest, pack };
  }

  it('serves the built dashboard by its touchmark command with its declared dependencies alone', async () => {
    const { folder, manifest } = unpack();
    const data = mkdtempSync(join(tmpdir(), 'touchmark-package-data-'));
    folders.push(data);
    const command = spawn(
      process.execPath,
      [join(folder, manifest.bin.touchmark), '--port', '0', '--data', data],
      {
        env: cleanEnvironment(),
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    try {
      const url = await new Promise<string>((resolve, reject) => {
        command.once('exit', () => reject(new Error('it ended')));
        command.stdout.on('data', (text: Buffer) => {
          const found = /^Touchmark +(\S+)$/m.exec(text.toString())?.[1];
          if (found !== undefined) resolve(found);
        });
      });
      const page = await (await fetch(url)).text();
      expect(page).toContain('<div id="root">');
      const script = /src="(\/assets\/[^"]+\.js)"/.exec(page)?.[1] ?? '';
      expect((await fetch(url + script)).headers.get('content-type')).toMatch(/javascript/);
    } finally {
      command.kill('SIGTERM');
    }
  });

  it('carries no source, no test and no data', () => {
    const { folder, manifest, pack } = unpack();
    const megabytes = (bytes: number): string => `${(bytes / 1_000_000).toFixed(1)} MB`;
    const dependencies = Object.keys(manifest.dependencies).join(', ');
    process.stdout.write(
      `The package: ${megabytes(pack.size)} packed, ${megabytes(pack.unpackedSize)} unpacked; needs ${dependencies}\n`,
    );
    const files = execFileSync('find', ['.', '-type', 'f', '-not', '-path', './node_modules/*'], {
      cwd: folder,
      encoding: 'utf8',
    });
    expect(files.split('\n').filter((file) => /\.(ts|tsx)$|\.db|\.key|e2e|\.test\./.test(file))).toEqual([]);
    expect(files).toContain('dist/server/touchmark.js');
  });

  it('names every package that is built into it, each with its licence and the text of it', async () => {
    const { folder } = unpack();
    const file = readFileSync(join(folder, 'dist', 'THIRD-PARTY-LICENSES'), 'utf8');
    const entries = file.split(/^={80}\n/m).slice(1);
    const named = entries.map((entry) => {
      const [, name, version] = /^(\S+) (\S+) \([\w. -]+\)\n\n/.exec(entry) ?? [];
      // Each of these licences begins its grant or its conditions with one of these words.
      expect(entry).toMatch(/Permission (is hereby granted|to use, copy)|Redistribution and use/);
      return `${name} ${version}`;
    });
    expect(named).toEqual([...new Set(named)]);
    expect(new Set(named)).toEqual(new Set(await builtIn()));
  });
});
