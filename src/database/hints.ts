import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import type { DatabaseLocation } from './open.ts';

const CHANNEL = 'touchmark';
const RECONNECT_MS = 2000;

/**
 * Short texts that processes on one database tell each other. They may get lost: whoever listens looks for itself now and
 * then, and a hint only makes it look sooner.
 */
export interface Hints {
  /** Tells every process on the database, this one included. */
  send(text: string): void;
  /** Calls this with every text that comes. */
  listen(listener: (text: string) => void): void;
  close(): Promise<void>;
}

/** The hints of a database. Where one process has it to itself, or it knows no LISTEN, none ever comes. */
export function openHints(location: DatabaseLocation): Hints {
  return location.engine === 'sqlite' ? noHints : postgresHints(location.url);
}

const noHints: Hints = { send: () => {}, listen: () => {}, close: async () => {} };

function postgresHints(connectionString: string): Hints {
  const listeners: ((text: string) => void)[] = [];
  const closing = new AbortController();
  let client: Client | undefined;
  let sending: Promise<unknown> = Promise.resolve();

  // A connection of its own: what listens belongs to a connection for as long as it lasts.
  async function listenOnce(): Promise<void> {
    const { default: pg } = await import('pg');
    const connection = new pg.Client({ connectionString, keepAlive: true });
    let end = (): void => {};
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    connection.on('error', end);
    connection.on('end', end);
    closing.signal.addEventListener('abort', end);
    connection.on('notification', ({ payload = '' }) => {
      for (const listener of listeners) listener(payload);
    });
    try {
      await connection.connect();
      await connection.query(`listen ${CHANNEL}`);
      client = connection;
      await ended;
    } finally {
      client = undefined;
      closing.signal.removeEventListener('abort', end);
      await connection.end().catch(() => {});
    }
  }

  async function keepListening(): Promise<void> {
    while (!closing.signal.aborted) {
      // Without it everything works, only later.
      await listenOnce().catch(() => {});
      await sleep(RECONNECT_MS, undefined, { signal: closing.signal, ref: false }).catch(() => {});
    }
  }

  const listening = keepListening();
  return {
    send(text) {
      // One after the other: a connection takes one statement at a time.
      sending = sending
        .then(async () => client?.query('select pg_notify($1, $2)', [CHANNEL, text]))
        .catch(() => undefined);
    },
    listen: (listener) => void listeners.push(listener),
    async close() {
      closing.abort();
      await listening;
    },
  };
}
