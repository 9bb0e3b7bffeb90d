import { fork } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cleanEnvironment, readyFacts, type Desk } from './desk.ts';
import type { DeskOrder, DeskReply } from './hosted-desk-process.ts';

const PROCESS = fileURLToPath(new URL('./hosted-desk-process.ts', import.meta.url));
const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** A desk with a port and data of its own, in a process that runs one desk after the other. */
export type HostedDesk = Omit<Desk, 'process' | 'kill' | 'stop'> & { stop(): Promise<void> };

/**
 * A process in which desks start quickly, since their modules are loaded: the sources, on the pages that were built.
 * Whatever a desk keeps goes with it; what is about a process needs `startDesk`.
 */
export interface DeskHost {
  /** A desk on its embedded registry, with samples and the owner's key. */
  startWithSamples(args?: string[]): Promise<HostedDesk>;
  /** A desk on a registry elsewhere, without data. */
  startManaging(registryUrl: string): Promise<HostedDesk>;
  close(): Promise<void>;
}

export async function startDeskHost(): Promise<DeskHost> {
  const folder = await mkdtemp(join(tmpdir(), 'touchmark-desks-'));
  const child = fork(PROCESS, {
    cwd: ROOT,
    env: cleanEnvironment(),
    execArgv: ['--import', 'tsx'],
    stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
  });
  let log = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (log += text));
  const ended = once(child, 'exit').then((): [DeskReply] => [{ failed: `the process ended: ${log}` }]);

  async function tell(order: DeskOrder): Promise<string> {
    const answered = once(child, 'message') as Promise<[DeskReply]>;
    child.send(order);
    const [reply] = await Promise.race([answered, ended]);
    if ('failed' in reply) throw new Error(`A desk did not start or stop: ${reply.failed}`);
    return reply.ready;
  }

  let desks = 0;
  async function start(dataFolder: string, args: string[] = []): Promise<HostedDesk> {
    const logStart = log.length;
    const ready = await tell({ start: ['--port', '0', '--data', dataFolder, ...args] });
    return {
      ...readyFacts(ready),
      dataFolder,
      log: () => log.slice(logStart),
      stop: async () => {
        await tell('stop');
        await rm(dataFolder, { recursive: true, force: true });
      },
    };
  }
  const newFolder = (): string => join(folder, String((desks += 1)));

  // Made once, at a first start; each desk has a copy.
  const samples = join(folder, 'samples');
  const { ownerKey } = await start(samples);
  await tell('stop');
  return {
    startWithSamples: async (args) => {
      const dataFolder = newFolder();
      // What lies beside the database is empty once it is closed, and goes some time later.
      await cp(samples, dataFolder, { recursive: true, filter: (path) => !/-(wal|shm)$/.test(path) });
      return { ...(await start(dataFolder, args)), ownerKey };
    },
    startManaging: (registryUrl) => start(newFolder(), ['--registry', registryUrl]),
    close: async () => {
      child.disconnect();
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
