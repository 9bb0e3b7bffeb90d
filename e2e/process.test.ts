import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, inject, it } from 'vitest';
import { cleanEnvironment, startDesk, type Desk } from './support/desk.ts';
import { freePort } from './support/postgres.ts';
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
