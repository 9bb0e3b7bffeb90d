import { spawn, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { DatabaseSync } from '@photostructure/sqlite';
import { afterEach, describe, expect, inject, it } from 'vitest';
import { openDatabase } from '#database/open.ts';
import { fileBlobs } from '#registry/files/file-blobs.ts';
import { makeBundle } from './support/bundles.ts';
import { cleanEnvironment, startDesk, type Desk } from './support/desk.ts';
import { createPostgresDatabase, freePort } from './support/postgres.ts';
import { rawRequest } from './support/raw-request.ts';
import { eventually } from './support/test-desk.ts';

const program = fileURLToPath(new URL('../dist/server/touchmark.js', import.meta.url));

function runToEnd(args: string[], env: Record<string, string> = {}) {
  const result = spawnSync(process.execPath, [program, ...args], {
    encoding: 'utf8',
    timeout: 30_000,
    env: { ...cleanEnvironment(), ...env },
  });
  return { status: result.status, stdout: result.stdout, stderr: result.stderr };
}

describe('the touchmark command', () => {
  const desks: Desk[] = [];
  const folders: string[] = [];
  const folder = (): string => {
    const path = mkdtempSync(join(tmpdir(), 'touchmark-process-'));
    folders.push(path);
    return path;
  };
  afterEach(async () => {
    await Promise.all(desks.splice(0).map((desk) => desk.stop()));
    for (const path of folders.splice(0)) rmSync(path, { recursive: true, force: true });
  });

  it('prints where it is, how to sign in, and the owner key at the very first start only', async () => {
    const first = await startDesk();
    desks.push(first);
    expect(first.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(first.registryUrl).toBe(`${first.url}/registry`);
    expect(first.signInLink).toMatch(new RegExp(`^${first.url}/sign-in#code=\\S{20,}$`));
    expect(first.ownerKey).toMatch(/^tm_[0-9A-Za-z]{36}$/);
    await first.stop({ keepData: true });

    const second = await startDesk({ dataFolder: first.dataFolder });
    desks.push(second);
    expect(second.ownerKey).toBeUndefined();
    expect(second.signInLink).toMatch(/\/sign-in#code=/);
    expect(second.signInLink?.split('#')[1]).not.toBe(first.signInLink?.split('#')[1]);
  });

  it.each(['SIGTERM', 'SIGINT'] as const)(
    'started by npm, ends with it on %s and lets go of its data folder',
    async (signal) => {
      const [place, data] = [folder(), folder()];
      const start = `true && "${process.execPath}" "${program}" --port 0 --no-samples --data "${data}"`;
      writeFileSync(join(place, 'package.json'), JSON.stringify({ name: 'x', scripts: { start } }));
      // A group of its own, as a terminal gives it: Ctrl-C is for all of it.
      const options = { cwd: place, env: cleanEnvironment(), stdio: 'pipe', detached: true } as const;
      const npm = spawn('npm', ['start'], options);
      let out = '';
      npm.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
      const url = await eventually(
        async () => /^Touchmark +(\S+)$/m.exec(out)?.[1],
        (found) => found !== undefined,
      );
      expect((await fetch(`${url}/healthz`)).status).toBe(200);
      process.kill(signal === 'SIGINT' ? -(npm.pid ?? 0) : (npm.pid ?? 0), signal);
      const isGone = async (): Promise<boolean> =>
        fetch(`${url}/healthz`).then(
          () => false,
          () => true,
        );
      expect(await eventually(isGone, Boolean)).toBe(true);
      const next = await eventually(
        async () => startDesk({ dataFolder: data }).catch(() => undefined),
        (desk) => desk !== undefined,
      );
      expect(next).toBeDefined();
      if (next !== undefined) desks.push(next);
    },
  );

  it('started by itself, outlives its shell', async () => {
    const data = folder();
    const log = join(data, 'out');
    writeFileSync(log, '');
    const env = { ...cleanEnvironment(), PROGRAM: program, NODE: process.execPath, DATA: data, LOG: log };
    const inBackground =
      '"$NODE" "$PROGRAM" --port 0 --no-samples --data "$DATA" >>"$LOG" 2>&1 & echo $! >"$LOG.pid"';
    spawnSync('sh', ['-c', inBackground], { env, stdio: 'ignore' });
    const pid = Number(readFileSync(`${log}.pid`, 'utf8'));
    try {
      const url = await eventually(
        async () => /^Touchmark +(\S+)$/m.exec(readFileSync(log, 'utf8'))?.[1],
        (found) => found !== undefined,
      );
      // Twice the time after which one under npm would have noticed.
      await new Promise((resolve) => setTimeout(resolve, 1000));
      expect((await fetch(`${url}/healthz`)).status).toBe(200);
    } finally {
      process.kill(pid, 'SIGTERM');
    }
  });

  it('gives out the address that others reach it at, and answers under it', async () => {
    const port = await freePort();
    const url = 'https://touchmark.example.com';
    const desk = await startDesk({ args: ['--port', String(port), '--public-url', url] });
    desks.push(desk);
    expect([desk.url, desk.registryUrl]).toEqual([url, `${url}/registry`]);
    expect(desk.signInLink).toContain(`${url}/sign-in#code=`);
    const { status, body } = await rawRequest(port, [
      'GET /registry/servers/demo%2Fweather HTTP/1.1',
      'Host: touchmark.example.com',
      `Authorization: Bearer ${desk.ownerKey}`,
      'Connection: close',
    ]);
    expect([status, body]).toEqual([200, expect.stringContaining(`"${url}/registry/mcp/demo%2Fweather"`)]);
  });

  it('manages a remote registry without a sign-in link of its own', async () => {
    const registry = await startDesk();
    desks.push(registry);
    const desk = await startDesk({ args: ['--registry', `${registry.registryUrl}/`] });
    desks.push(desk);
    expect(desk.registryUrl).toBe(registry.registryUrl);
    expect(desk.signInLink).toBeUndefined();
    expect(desk.ownerKey).toBeUndefined();
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('ends with status 0 on %s', async (signal) => {
    const desk = await startDesk();
    desks.push(desk);
    const exit = once(desk.process, 'exit');
    desk.process.kill(signal);
    expect(await exit).toEqual([0, null]);
  });

  it('says that a port is taken, in one line, and leaves no data behind', async () => {
    const holder = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    const { port } = holder.address() as AddressInfo;
    const data = join(folder(), 'never-made');
    const { status, stdout, stderr } = runToEnd(['--port', String(port), '--data', data]);
    holder.close();
    expect({ status, stdout, lines: stderr.trim().split('\n').length }).toEqual({
      status: 2,
      stdout: '',
      lines: 1,
    });
    expect(stderr).toContain(`Port ${port} on 127.0.0.1 is taken`);
    expect(spawnSync('ls', [data]).status).not.toBe(0);
  });

  it('says on stderr what Node, libraries and faults have to say, in lines of JSON alone', async () => {
    const odd = [
      'process.emitWarning("odd", "DeprecationWarning")',
      'console.error(new Error("said"))',
      'console.info("a\\nb")',
      'new (require("events"))().on("error", () => { throw new Error("unheard") }).emit("error")',
    ];
    const steps = odd.map((step, i) => `setTimeout(() => { ${step} }, ${i})`).join(';');
    const script = `import { createRequire } from 'node:module'; const require = createRequire('/');
      process.once('SIGUSR2', () => { ${steps} });`;
    const desk = await startDesk({
      env: { NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(script)}` },
    });
    desks.push(desk);
    desk.process.kill('SIGUSR2');
    if (desk.process.exitCode === null) await once(desk.process, 'exit');
    expect(desk.process.exitCode).toBe(1);
    const events = desk
      .log()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(events).toMatchObject([
      { level: 40, msg: 'process warning', err: { message: 'odd' } },
      { level: 50, msg: 'console', err: { message: 'said' } },
      { level: 30, msg: 'console', said: ['a\nb'] },
      { level: 60, msg: 'uncaught error', err: { message: 'unheard' } },
    ]);
  });

  it('refuses a data folder that another desk holds, and says who', async () => {
    const desk = await startDesk();
    desks.push(desk);
    const { status, stderr } = runToEnd(['--port', '0', '--data', desk.dataFolder]);
    expect(status).toBe(2);
    expect(stderr).toContain(`is held by process ${desk.process.pid} (${desk.url})`);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });

  it('refuses a data folder that cannot be written', () => {
    const file = join(folder(), 'file');
    writeFileSync(file, '');
    const { status, stderr } = runToEnd(['--port', '0', '--data', join(file, 'data')]);
    expect(status).toBe(2);
    expect(stderr).toMatch(/^The data folder .* cannot be used .*\n$/);
  });

  it('refuses a database that does not answer, without repeating its password', () => {
    const args = ['--port', '0', '--data', folder(), '--database', 'postgres://me:hunter2@127.0.0.1:9/none'];
    const { status, stderr } = runToEnd(args);
    expect(status).toBe(2);
    expect(stderr).toMatch(/^The database at 127\.0\.0\.1:9\/none cannot be reached .*\n$/);
    expect(stderr).not.toContain('hunter2');
  });

  it('refuses a wrong value with one line and status 2', () => {
    const { status, stderr } = runToEnd(['--port', 'four']);
    expect(status).toBe(2);
    expect(stderr).toBe('--port must be a number from 0 to 65535, not "four".\n');
  });

  it('keeps everything in PostgreSQL where it is given one', async () => {
    const desk = await startDesk({ env: { DATABASE_URL: inject('postgresUrl') } });
    desks.push(desk);
    const response = await fetch(`${desk.registryUrl}/servers?namespace=demo`, {
      headers: { Authorization: `Bearer ${desk.ownerKey}` },
    });
    expect(response.status).toBe(200);
    expect(spawnSync('ls', [join(desk.dataFolder, 'touchmark.db')]).status).not.toBe(0);
  });

  it('shares nothing but PostgreSQL with a second process, bundles included', async () => {
    const url = await createPostgresDatabase(inject('postgresUrl'), `process_${randomUUID().slice(0, 8)}`);
    const env = { DATABASE_URL: url, TOUCHMARK_SECRET: 'the same secret in every process' };
    const first = await startDesk({ env });
    desks.push(first);
    const second = await startDesk({ env });
    desks.push(second);
    const headers = { Authorization: `Bearer ${first.ownerKey}` };
    const form = new FormData();
    form.append('payload', JSON.stringify({ type: 'stdio', runtime: 'node' }));
    const bundle = makeBundle();
    form.append('bundle', new Blob([new Uint8Array(bundle)]), 'a.mcpb');
    const name = 'demo%2Fbundled';
    await fetch(`${first.registryUrl}/servers/${name}`, { method: 'PUT', headers, body: '{}' });
    const sent = await fetch(`${first.registryUrl}/servers/${name}/releases`, {
      method: 'PUT',
      headers,
      body: form,
    });
    expect(sent.status).toBe(202);
    const download = async () => fetch(`${second.registryUrl}/servers/${name}/download`, { headers });
    const answer = await eventually(download, ({ status }) => status === 200);
    expect(Buffer.compare(Buffer.from(await answer.arrayBuffer()), bundle)).toBe(0);

    const { DATABASE_URL } = env;
    const elsewhere = runToEnd(['--port', '0', '--data', folder(), '--blobs', folder()], env);
    expect(elsewhere).toEqual({
      status: 2,
      stdout: '',
      stderr: 'The bundles of this installation are in its database: start without --blobs.\n',
    });
    const data = folder();
    const without = runToEnd(['--port', '0', '--data', data], { DATABASE_URL });
    expect([without.status, without.stdout]).toEqual([2, '']);
    expect(without.stderr).toMatch(/^This data is sealed with a secret that is not here\..*\n$/);
    expect(existsSync(join(data, 'secret.key'))).toBe(false);
    const another = { DATABASE_URL, TOUCHMARK_SECRET: 'another secret of 32 characters!' };
    expect(runToEnd(['--port', '0', '--data', folder()], another).stderr).toMatch(
      /^This data is sealed with another secret than the one given\..*\n$/,
    );
  });

  it('moves the bundles of an older PostgreSQL installation at its first start, and says how far it is', async () => {
    const url = await createPostgresDatabase(inject('postgresUrl'), `process_${randomUUID().slice(0, 8)}`);
    const data = folder();
    const { db } = await openDatabase({ engine: 'postgres', url });
    const bytes = Buffer.from('a bundle of an older version');
    const { hash, size } = await fileBlobs(join(data, 'blobs'), () => new Date()).put(
      Readable.from([bytes]),
      1000,
    );
    const created_at = '2026-01-01T00:00:00.000Z';
    await db.insertInto('users').values({ id: 'u', name: 'owner', created_at }).execute();
    await db.insertInto('namespaces').values({ name: 'acme', owner_id: 'u', created_at }).execute();
    const skill = {
      id: 's',
      namespace: 'acme',
      slug: 'pdf',
      qualified_name: 'acme/pdf',
      display_name: 'PDF',
    };
    const bundle = { bundle_hash: hash, bundle_size: size, bundle_folder: '' };
    await db
      .insertInto('skills')
      .values({
        ...skill,
        ...bundle,
        description: '',
        listed: 1,
        prompt: '',
        created_at,
        updated_at: created_at,
      })
      .execute();
    await db.destroy();
    writeFileSync(join(data, 'secret.key'), `${Buffer.alloc(32, 7).toString('base64')}\n`);
    const desk = await startDesk({ dataFolder: data, env: { DATABASE_URL: url } });
    desks.push(desk);
    expect(desk.log()).toContain(
      '"done":1,"of":1,"damaged":0,"missing":0,"msg":"bundles moved from the data folder"',
    );
    expect(existsSync(join(data, 'blobs'))).toBe(false);
    const answer = await fetch(`${desk.registryUrl}/skills/acme/pdf/download`);
    expect(await answer.text()).toBe(bytes.toString());
  });

  it('does not start without the secret that its data is sealed with, but for --new-secret, once', async () => {
    const first = await startDesk();
    await first.stop({ keepData: true });
    folders.push(first.dataFolder);
    const key = join(first.dataFolder, 'secret.key');
    rmSync(key);
    const start = ['--port', '0', '--data', first.dataFolder];
    const { status, stdout, stderr } = runToEnd(start);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^This data is sealed with a secret that is not here\. .*--new-secret.*\n$/);
    expect(existsSync(key)).toBe(false);

    const second = await startDesk({ dataFolder: first.dataFolder, args: ['--new-secret'] });
    const headers = { Authorization: `Bearer ${first.ownerKey}` };
    expect((await fetch(`${second.registryUrl}/namespaces`, { headers })).status).toBe(200);
    await second.stop({ keepData: true });
    expect(runToEnd([...start, '--new-secret'])).toEqual({
      status: 2,
      stdout: '',
      stderr: 'No secret is lost: start without --new-secret.\n',
    });
    desks.push(await startDesk({ dataFolder: first.dataFolder }));
  });

  it('leaves the data of a newer version alone, as its commands do', async () => {
    const desk = await startDesk();
    await desk.stop({ keepData: true });
    folders.push(desk.dataFolder);
    const path = join(desk.dataFolder, 'touchmark.db');
    const database = new DatabaseSync(path);
    database.exec(`insert into kysely_migration values ('9999-later', '2030');
      update installation set value = '0.4.0' where key = 'version'`);
    database.close();
    for (const words of [
      ['--port', '0'],
      ['--port', '0', '--registry', 'http://127.0.0.1:9'],
      ['user', 'list'],
    ]) {
      const { status, stdout, stderr } = runToEnd([...words, '--data', desk.dataFolder]);
      expect([status, stdout]).toEqual([2, '']);
      expect(stderr).toMatch(/^This database was made by Touchmark 0\.4\.0, and this is Touchmark .*\n$/);
    }
  });

  it('ends with words where its disk is full, and has lost nothing', async () => {
    const desk = await startDesk();
    const headers = { Authorization: `Bearer ${desk.ownerKey}` };
    const put = await fetch(`${desk.registryUrl}/servers/demo%2Flast`, {
      method: 'PUT',
      headers,
      body: '{}',
    });
    expect(put.status).toBe(201);
    // No file of the process can grow from now on, nor be written to beyond its first pages.
    const limited = spawnSync('prlimit', [`--pid=${desk.process.pid}`, '--fsize=8192:8192']);
    expect(limited.status).toBe(0);
    const exit = once(desk.process, 'exit');
    desk.process.kill('SIGINT');
    expect(await exit).toEqual([1, null]);
    expect(desk.log()).toMatch(
      /"Touchmark did not close cleanly: \S*touchmark\.db could not take in what is in .*Nothing is lost/,
    );
    const again = await startDesk({ dataFolder: desk.dataFolder });
    desks.push(again);
    expect((await fetch(`${again.registryUrl}/servers/demo%2Flast`, { headers })).status).toBe(200);
  });

  it('takes no notice of a HOST that is no address', async () => {
    const desk = await startDesk({ env: { HOST: 'x86_64-conda-linux-gnu' } });
    desks.push(desk);
    expect(desk.url).toMatch(/^http:\/\/127\.0\.0\.1:/);
    expect(runToEnd([], { TOUCHMARK_PORT: 'four' })).toEqual({
      status: 2,
      stdout: '',
      stderr: 'TOUCHMARK_PORT must be a number from 0 to 65535, not "four".\n',
    });
  });

  it('tells its version and its options', () => {
    expect(runToEnd(['--version']).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    expect(runToEnd(['--help']).stdout).toContain('--allow-host NAME');
  });

  it.each([
    ['before it ends', ['SIGTERM']],
    ['although it is told twice in a moment, as Ctrl-C does under npm', ['SIGINT', 'SIGINT']],
  ] as const)('finishes a request under way %s', async (_when, signals) => {
    const desk = await startDesk();
    desks.push(desk);
    const body = JSON.stringify({ displayName: 'Late' });
    const socket = connect(desk.port, '127.0.0.1');
    const head = `PUT /registry/servers/demo%2Flate HTTP/1.1\r\nHost: 127.0.0.1:${desk.port}\r\nAuthorization: Bearer ${desk.ownerKey}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n`;
    socket.write(head + body.slice(0, 4));
    const exit = once(desk.process, 'exit');
    for (const signal of signals) {
      await new Promise((resolve) => setTimeout(resolve, 200));
      desk.process.kill(signal);
    }
    socket.write(body.slice(4));
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 201 /);
    expect(await exit).toEqual([0, null]);
  });
});
