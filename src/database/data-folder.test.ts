import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDataFolder } from './data-folder.ts';

describe('the data folder', () => {
  let parent: string;
  beforeEach(() => {
    parent = mkdtempSync(join(tmpdir(), 'touchmark-folder-'));
  });
  afterEach(() => rmSync(parent, { recursive: true, force: true }));

  it('makes a key that only its owner can read, and keeps it', () => {
    const path = join(parent, 'data');
    const first = openDataFolder(path, 'one', null);
    expect(first.secret).toBeUndefined();
    const made = first.makeSecret();
    first.release();
    const second = openDataFolder(path, 'two', null);
    second.release();
    expect(made).toHaveLength(32);
    expect(second.secret).toEqual(made);
    expect(statSync(join(path, 'secret.key')).mode & 0o777).toBe(0o600);
    expect(statSync(path).mode & 0o777).toBe(0o700);
  });

  it('makes no key file where a secret is given, and derives the same key from it each time', () => {
    const open = () => {
      const folder = openDataFolder(join(parent, 'data'), 'one', 'a secret of at least 32 characters!');
      folder.release();
      return folder.secret;
    };
    expect(open()).toEqual(open());
    expect(() => statSync(join(parent, 'data', 'secret.key'))).toThrow(/ENOENT/);
  });

  it('refuses a damaged key instead of making another that would open nothing', () => {
    const path = join(parent, 'data');
    openDataFolder(path, 'one', null).release();
    writeFileSync(join(path, 'secret.key'), 'dmFn\n');
    expect(() => openDataFolder(path, 'two', null)).toThrow(
      /does not hold a 32-byte key; restore it from a backup/,
    );
  });

  it('says that a folder cannot be made', () => {
    writeFileSync(join(parent, 'file'), '');
    expect(() => openDataFolder(join(parent, 'file', 'data'), 'one', null)).toThrow(
      expect.objectContaining({ name: 'DataFolderError' }),
    );
  });

  it('is held by one process, which the other is told, and free again after a kill -9', async () => {
    const path = join(parent, 'data');
    const module = fileURLToPath(new URL('data-folder.ts', import.meta.url));
    const program = `
      import { openDataFolder } from ${JSON.stringify(module)};
      openDataFolder(${JSON.stringify(path)}, 'process ' + process.pid, null);
      // Nothing refers to it here: the lock must hold all the same.
      globalThis.gc();
      console.log('held');
      setInterval(() => {}, 1000);`;
    const child = spawn(
      process.execPath,
      ['--expose-gc', '--import', 'tsx', '--input-type=module', '-e', program],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    await once(child.stdout, 'data');
    expect(() => openDataFolder(path, 'me', null)).toThrow(
      new RegExp(`is held by process ${child.pid}\\. Stop it, or pass another --data`),
    );
    child.kill('SIGKILL');
    await once(child, 'exit');
    openDataFolder(path, 'me', null).release();
  });
});
