import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { cleanEnvironment } from './support/desk.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

interface Manifest {
  bin: { touchmark: string };
  dependencies: Record<string, string>;
}

describe('the package', () => {
  const folders: string[] = [];
  afterEach(() => {
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
  });

  /** The packed package, unpacked beside nothing but the dependencies that it declares. */
  function unpack(): { folder: string; manifest: Manifest } {
    const folder = mkdtempSync(join(tmpdir(), 'touchmark-package-'));
    folders.push(folder);
    // Built already; its own build script would do it again under the other tests.
    const packOutput = execFileSync(
      'npm',
      ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder],
      {
        cwd: root,
        encoding: 'utf8',
      },
    );
    execFileSync('tar', ['-xzf', join(folder, packOutput.trim()), '-C', folder]);
    const packed = join(folder, 'package');
    const manifest = JSON.parse(readFileSync(join(packed, 'package.json'), 'utf8')) as Manifest;
    for (const name of Object.keys(manifest.dependencies)) {
      const place = join(packed, 'node_modules', name);
      mkdirSync(dirname(place), { recursive: true });
      symlinkSync(join(root, 'node_modules', name), place);
    }
    return { folder: packed, manifest };
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
    const { folder } = unpack();
    const files = execFileSync('find', ['.', '-type', 'f', '-not', '-path', './node_modules/*'], {
      cwd: folder,
      encoding: 'utf8',
    });
    expect(files.split('\n').filter((file) => /\.(ts|tsx)$|\.db|\.key|e2e|\.test\./.test(file))).toEqual([]);
    expect(files).toContain('dist/server/touchmark.js');
  });
});
