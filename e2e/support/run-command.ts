import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { cleanEnvironment } from './desk.ts';

const PROGRAM = fileURLToPath(new URL('../../dist/server/touchmark.js', import.meta.url));

/** How a command ended and what it wrote; the status is null where it was killed. */
export interface CommandOutcome {
  status: number | null;
  stdout: string;
  stderr: string;
}

/** Starts a command of the built Touchmark; `outcome` resolves when it has ended. */
export function startCommand(
  args: string[],
  env: Record<string, string> = {},
): { process: ChildProcess; outcome: Promise<CommandOutcome> } {
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    env: { ...cleanEnvironment(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'exit') as Promise<[number | null]>;
  const outcome = Promise.all([text(child.stdout), text(child.stderr), ended]).then(
    ([stdout, stderr, [status]]) => ({ status, stdout, stderr }),
  );
  return { process: child, outcome };
}

/** Runs a command of the built Touchmark to its end. */
export async function runCommand(args: string[], env: Record<string, string> = {}): Promise<CommandOutcome> {
  return startCommand(args, env).outcome;
}
