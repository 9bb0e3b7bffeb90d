import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('../../dist/server/touchmark.js', import.meta.url));
const START_LIMIT_MS = 90_000;

/** A built Touchmark running as its own process, as a person would start it. */
export interface Desk {
  url: string;
  port: number;
  /** The registry's URL as printed. */
  registryUrl: string;
  /** One-time; embedded registry only. */
  signInLink: string | undefined;
  /** Printed at the very first start of an embedded registry only. */
  ownerKey: string | undefined;
  dataFolder: string;
  process: ChildProcess;
  /** All that it wrote to stderr so far: its log. */
  log(): string;
  /** Ends it as an operator would, waits, and removes its data unless told to keep it. */
  stop(options?: { keepData?: boolean }): Promise<void>;
  /** kill -9; the data stays. */
  kill(): Promise<void>;
}

export interface DeskOptions {
  args?: string[];
  env?: Record<string, string>;
  /** Data of an earlier run; a fresh folder otherwise. */
  dataFolder?: string;
  /** The built program; this checkout's unless another is given. */
  program?: string;
}

/** Starts a built Touchmark and resolves when it says that it is ready. Rejects with its words where it ends before. */
export async function startDesk({
  args = [],
  env = {},
  dataFolder,
  program = PROGRAM,
}: DeskOptions = {}): Promise<Desk> {
  const folder = dataFolder ?? (await mkdtemp(join(tmpdir(), 'touchmark-desk-')));
  const options = ['--port', '0', '--drain', '0s', ...args];
  const child = spawn(process.execPath, [program, '--data', folder, ...options], {
    env: { ...cleanEnvironment(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let errors = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  const ended = once(child, 'exit');
  await untilReady(
    child,
    () => out,
    () => errors,
  );
  return {
    ...readyFacts(out),
    dataFolder: folder,
    process: child,
    log: () => errors,
    stop: async ({ keepData = false } = {}) => {
      child.kill('SIGTERM');
      if (child.exitCode === null && child.signalCode === null) await ended;
      if (!keepData) await rm(folder, { recursive: true, force: true });
    },
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** What a desk printed when it was ready. */
export function readyFacts(
  printed: string,
): Pick<Desk, 'url' | 'port' | 'registryUrl' | 'signInLink' | 'ownerKey'> {
  const value = (label: string) => new RegExp(`^${label} +(\\S+)$`, 'm').exec(printed)?.[1];
  const url = value('Touchmark') ?? '';
  return {
    url,
    port: Number(new URL(url).port),
    registryUrl: value('Registry') ?? '',
    signInLink: value('Sign in'),
    ownerKey: value('Owner key'),
  };
}

/** The environment without anything that would configure a desk. */
export function cleanEnvironment(): Record<string, string> {
  const configuring = /^(PORT|HOST|DATABASE_URL|TOUCHMARK_.*|npm_lifecycle_.*)$/;
  return Object.fromEntries(
    Object.entries(process.env).flatMap(([name, text]) =>
      text === undefined || configuring.test(name) ? [] : [[name, text]],
    ),
  );
}

async function untilReady(child: ChildProcess, out: () => string, errors: () => string): Promise<void> {
  const deadline = Date.now() + START_LIMIT_MS;
  // The sign-in link is the last line that every embedded start prints; a remote one ends with the registry.
  while (!/^Registry .*\n(?:.*\n)*$/m.test(out())) {
    if (child.exitCode !== null || Date.now() > deadline) {
      child.kill('SIGKILL');
      throw new Error(`Touchmark did not start (exit ${child.exitCode}): ${errors()}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
