import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Kysely } from 'kysely';
import type { ProcessRow } from './installation-tables.ts';
import type { Database } from './schema.ts';

/** How long processes wait for each other, in milliseconds. */
interface Times {
  /** From one sign of life to the next. */
  beatMs: number;
  /** How long a process that gives none keeps what it holds. */
  leaseMs: number;
}

const TIMES: Times = { beatMs: 5000, leaseMs: 15_000 };

/** The processes that run on one database: this one's sign of life, and whether others still give theirs. */
export interface Processes {
  /** This process, for as long as it runs. */
  id: string;
  /** Those of these ids whose process has ended or was silent for a whole lease. Rejects where the database fails. */
  gone(ids: readonly string[]): Promise<string[]>;
  /** Resolves once this process is known to others as alive. Rejects where the database fails. */
  present(): Promise<void>;
  /** Stops the signs of life and says goodbye. Never rejects: others notice anyway. */
  leave(): Promise<void>;
}

interface Options {
  db: Kysely<Database>;
  registry: string;
  url: string;
  now: () => Date;
  /** True where nobody else can be running: what others left is theirs no more, and nobody waits for signs of life. */
  alone: boolean;
  /** Called with every sign of life, one call after the other. What it rejects with is dropped. */
  onBeat: () => Promise<void>;
  times?: Times;
}

/** Makes this process known and keeps it known. */
export async function joinProcesses({
  db,
  registry,
  url,
  now,
  alone,
  onBeat,
  times: { beatMs, leaseMs } = TIMES,
}: Options): Promise<Processes> {
  const id = randomUUID();
  const sightings = createSightings(leaseMs);
  const row = { id, registry, url, place: `${hostname()} ${process.pid}`, started_at: now().toISOString() };
  let beat = 0;
  let heardAt = -Infinity;

  async function giveSign(): Promise<void> {
    beat++;
    await db
      .insertInto('processes')
      .values({ ...row, beat })
      // Others may have taken it for dead and removed it.
      .onConflict((conflict) => conflict.column('id').doUpdateSet({ beat }))
      .execute();
    heardAt = performance.now();
  }

  async function gone(ids: readonly string[]): Promise<string[]> {
    const rows = await listProcesses(db);
    const silent = new Set(sightings.silent(rows).map((process) => process.id));
    const known = new Set(rows.map((process) => process.id));
    return ids.filter((other) => other !== id && (!known.has(other) || silent.has(other)));
  }

  async function forgetSilent(): Promise<void> {
    for (const silent of sightings.silent(await listProcesses(db))) {
      if (silent.id === id) continue;
      await db.deleteFrom('processes').where('id', '=', silent.id).where('beat', '=', silent.beat).execute();
    }
  }

  if (alone) await db.deleteFrom('processes').execute();
  await giveSign();

  const leaving = new AbortController();
  const processes: Processes = {
    id,
    gone,
    async present() {
      // After a long pause, as of a machine that slept, others may have stopped believing in it.
      if (!alone && performance.now() - heardAt > leaseMs / 2) await giveSign();
    },
    async leave() {
      leaving.abort();
      await beating;
      await db
        .deleteFrom('processes')
        .where('id', '=', id)
        .execute()
        .catch(() => {});
    },
  };

  async function keepBeating(): Promise<void> {
    while (!leaving.signal.aborted) {
      await sleep(beatMs, undefined, { signal: leaving.signal, ref: false }).catch(() => {});
      if (leaving.signal.aborted) return;
      // A database that is away is told of by every request; here the next beat tries again.
      await giveSign()
        .then(onBeat)
        .then(forgetSilent)
        .catch(() => {});
    }
  }

  const beating = alone ? undefined : keepBeating();
  return processes;
}

/** The processes that gave a sign of life lately, as far as their rows tell now. */
export async function listProcesses(db: Kysely<Database>): Promise<ProcessRow[]> {
  return db.selectFrom('processes').selectAll().orderBy('started_at').execute();
}

/** The processes that give signs of life while this waits, which takes up to one lease where there are rows. */
export async function findRunning(db: Kysely<Database>, { leaseMs } = TIMES): Promise<ProcessRow[]> {
  const before = new Map((await listProcesses(db)).map(({ id, beat }) => [id, beat]));
  const end = performance.now() + leaseMs;
  while (before.size > 0 && performance.now() < end) {
    await sleep(500);
    const rows = await listProcesses(db);
    const running = rows.filter(({ id, beat }) => before.get(id) !== beat);
    if (running.length > 0) return running;
    if (rows.length === 0) return [];
  }
  return [];
}

interface Sightings {
  /** Notes how these stand, and returns those that have not changed for a whole lease. */
  silent(rows: readonly ProcessRow[]): ProcessRow[];
}

// Measured here, by how long a row stays the same: another machine's clock tells nothing.
function createSightings(leaseMs: number): Sightings {
  let seen = new Map<string, { beat: number; since: number }>();
  return {
    silent(rows) {
      const time = performance.now();
      seen = new Map(
        rows.map(({ id, beat }) => {
          const before = seen.get(id);
          return [id, before?.beat === beat ? before : { beat, since: time }];
        }),
      );
      return rows.filter(({ id }) => time - (seen.get(id)?.since ?? time) >= leaseMs);
    },
  };
}
