import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cleanEnvironment } from '../support/desk.ts';
import { medianRow, type Row } from './measure.ts';

const ROUNDS = 9;
const PROGRAM = fileURLToPath(new URL('../../dist/server/touchmark.js', import.meta.url));

// Loaded before the program: ends it once it is ready, and tells the CPU time of all its threads in milliseconds.
const METER = `data:text/javascript,${encodeURIComponent(`
  import { writeSync } from 'node:fs';
  const write = process.stdout.write;
  process.stdout.write = function (text, ...rest) {
    const written = write.call(this, text, ...rest);
    if (String(text).includes('Sign in')) process.exit(0);
    return written;
  };
  process.on('exit', () => {
    const { user, system } = process.cpuUsage();
    writeSync(2, 'CPU ' + (user + system) / 1000);
  });
`)}`;

const NODE_ALONE = 'Node alone';

/** What each case passes to Node; a fresh data folder each time. */
const CASES: Record<string, (dataFolder: string) => string[]> = {
  [NODE_ALONE]: () => ['-e', '0'],
  '--version': () => [PROGRAM, '--version'],
  '--help': () => [PROGRAM, '--help'],
  'start without samples': (folder) => [PROGRAM, '--port', '0', '--data', folder, '--no-samples'],
  'start with samples': (folder) => [PROGRAM, '--port', '0', '--data', folder],
};

interface Run {
  cpuMs: number;
  wallMs: number;
}

/** How much of the machine a start takes until it is ready, and the commands that need none of it; beside Node alone. */
export async function startBench(): Promise<Row[]> {
  const rounds = Array.from({ length: ROUNDS }, () =>
    Object.fromEntries(Object.keys(CASES).map((name) => [name, measure(name)])),
  );
  return Object.keys(CASES).flatMap((name) => {
    const cpu = (round: (typeof rounds)[number], of = name): number => round[of]?.cpuMs ?? Number.NaN;
    const wall = rounds.map((round) => round[name]?.wallMs ?? Number.NaN);
    const rows = [
      medianRow(
        'start',
        `${name}: CPU`,
        'ms',
        rounds.map((round) => cpu(round)),
      ),
      medianRow('start', `${name}: wall`, 'ms', wall),
    ];
    if (name === NODE_ALONE) return rows;
    const overNode = rounds.map((round) => cpu(round) / cpu(round, NODE_ALONE));
    return rows.concat(medianRow('start', `${name}: CPU over Node alone`, '×', overNode));
  });
}

function measure(name: string): Run {
  const folder = mkdtempSync(join(tmpdir(), 'touchmark-start-'));
  try {
    const began = performance.now();
    const { stderr } = spawnSync(process.execPath, ['--import', METER, ...(CASES[name]?.(folder) ?? [])], {
      encoding: 'utf8',
      env: cleanEnvironment(),
    });
    const wallMs = performance.now() - began;
    const cpu = /CPU ([\d.]+)$/.exec(stderr)?.[1];
    if (cpu === undefined) throw new Error(`${name} did not end as expected: ${stderr}`);
    return { cpuMs: Number(cpu), wallMs };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
