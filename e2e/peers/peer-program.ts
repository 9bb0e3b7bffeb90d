import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { cleanEnvironment } from '#e2e/support/desk.ts';

const FOLDER = fileURLToPath(new URL('programs', import.meta.url));
const START_LIMIT_MS = 60_000;

/** A program of others that runs until it is stopped. */
export interface RunningPeer {
  process: ChildProcess;
  /** All that it wrote so far. */
  log(): string;
  stop(): Promise<void>;
}

/** How a program ended and what it wrote. */
export interface PeerOutcome {
  status: number | null;
  stdout: string;
  stderr: string;
}

interface PeerOptions {
  env?: Record<string, string>;
  cwd?: string;
}

/**
 * The file of a command that an installed package brings, as `supergateway`, or of a program of ours, as
 * `modern-server.js`.
 */
export function peerFile(command: string, packageName = command): string {
  if (command.endsWith('.js')) return join(FOLDER, command);
  const folder = join(FOLDER, 'node_modules', packageName);
  const { bin } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    bin: string | Record<string, string>;
  };
  const file = typeof bin === 'string' ? bin : bin[command];
  if (file === undefined) throw new Error(`${packageName} has no command ${command}`);
  return join(folder, file);
}

type StartOptions = PeerOptions & { until: RegExp | { port: number } };

/** Starts a program of Node and resolves once what it wrote matches, or something listens on the port. Rejects where it ends before. */
export async function startPeer(file: string, args: string[], options: StartOptions): Promise<RunningPeer> {
  return startCommand(process.execPath, [file, ...args], options);
}

/** As `startPeer`, for a command of the machine. */
export async function startCommand(
  command: string,
  args: string[],
  { until, ...options }: StartOptions,
): Promise<RunningPeer> {
  const child = spawnPeer(command, args, options, true);
  let log = '';
  child.stdout?.setEncoding('utf8').on('data', (data: string) => (log += data));
  child.stderr?.setEncoding('utf8').on('data', (data: string) => (log += data));
  const ended = once(child, 'exit');
  const peer: RunningPeer = {
    process: child,
    log: () => log,
    async stop() {
      // It may have started others, which would outlive it.
      if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL');
      await ended;
    },
  };
  const deadline = Date.now() + START_LIMIT_MS;
  while (!(until instanceof RegExp ? until.test(log) : await isOpen(until.port))) {
    if (child.exitCode !== null || Date.now() > deadline) {
      await peer.stop();
      throw new Error(`${[command, ...args].join(' ')} did not start (exit ${child.exitCode}): ${log}`);
    }
    await new Promise((resolve) => {
      setTimeout(resolve, 50);
    });
  }
  return peer;
}

/** Runs a program to its end, with nothing to read. */
export async function runPeer(file: string, args: string[], options: PeerOptions = {}): Promise<PeerOutcome> {
  const child = spawnPeer(process.execPath, [file, ...args], options, false);
  if (child.stdout === null || child.stderr === null) throw new Error('it writes nothing');
  const ended = once(child, 'exit') as Promise<[number | null]>;
  const [stdout, stderr, [status]] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { status, stdout, stderr };
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

function spawnPeer(
  command: string,
  args: string[],
  { env = {}, cwd = FOLDER }: PeerOptions,
  detached: boolean,
): ChildProcess {
  return spawn(command, args, {
    cwd,
    detached,
    env: { ...cleanEnvironment(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

async function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => {
      resolve(false);
    });
  });
}
