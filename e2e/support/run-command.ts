import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { cleanEnvironment } from './desk.ts';

const PROGRAM = fileURLToPath(new URL('../../dist/server/touchmark.js', import.meta.url));

/** How a command ended. */
interface CommandOutcome {
  status: number | null;
  stdout: string;
  stderr: string;
}

/** Runs a command of the built program to its end, without anything in the environment that would configure it. */
export async function runCommand(args: string[], env: Record<string, string> = {}): Promise<CommandOutcome> {
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    env: { ...cleanEnvironment(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'exit') as Promise<[number | null]>;
  const [stdout, stderr, [status]] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { status, stdout, stderr };
}
