import { Agent, request } from 'undici';
import { startDesk, type Desk } from '../support/desk.ts';
import { createPostgresDatabase, startPostgres } from '../support/postgres.ts';
import { createVisitor, type Visitor } from '../support/visitor.ts';
import { medianRow, quantile, timed, type Row } from './measure.ts';

const ROUNDS = 5;
const CALLS_PER_ROUND = 600;
const AT_ONCE = 24;
const SERVERS = 100;
const SECRET = 'one secret for all of these processes';

interface Place {
  name: string;
  desks: Desk[];
  owner: Visitor;
  ownerKey: string;
}

interface Round {
  rate: number;
  latencies: number[];
}

/**
 * Requests a second of one, two and three processes on one PostgreSQL against one process on SQLite, in one run: nine reads
 * of a list through the gateway to one write. All of them share this machine's cores, with the database and the caller.
 */
export async function processesBench(): Promise<Row[]> {
  const postgres = await startPostgres();
  const places: Place[] = [];
  try {
    places.push(await fill('1 process, SQLite', 1));
    for (const count of [1, 2, 3]) {
      const url = await createPostgresDatabase(postgres.url, `bench_${count}`);
      places.push(await fill(`${count} on PostgreSQL`, count, ['--database', url, '--secret', SECRET]));
    }
    const rounds = new Map(places.map((place): [Place, Round[]] => [place, []]));
    for (const place of places) await load(place);
    for (let round = 0; round < ROUNDS; round++) {
      for (const [place, measured] of rounds) measured.push(await load(place));
    }
    const group = `Processes on one database, ${AT_ONCE} requests at once, 9 reads to 1 write`;
    const base = (rounds.get(places[0] as Place) ?? []).map(({ rate }) => rate);
    return [...rounds].flatMap(([{ name }, measured]) => {
      const rates = measured.map(({ rate }) => rate);
      const p99s = measured.map(({ latencies }) => quantile(latencies, 0.99));
      return [
        medianRow(group, `${name}: requests`, '/s', rates),
        medianRow(group, `${name}: p99`, 'ms', p99s),
        medianRow(
          group,
          `${name}: against SQLite`,
          '×',
          rates.map((rate, i) => rate / (base[i] ?? Number.NaN)),
        ),
      ];
    });
  } finally {
    await Promise.all(places.flatMap(({ desks }) => desks.map((desk) => desk.stop())));
    await postgres.stop();
  }
}

async function fill(name: string, count: number, args: string[] = []): Promise<Place> {
  const desks: Desk[] = [];
  for (let i = 0; i < count; i++) desks.push(await startDesk({ args: ['--no-samples', ...args] }));
  const ownerKey = desks[0]?.ownerKey ?? '';
  for (const path of ['/namespaces/bench', ...Array.from({ length: SERVERS }, (_, i) => serverPath(i))]) {
    const response = await fetch(`${desks[0]?.registryUrl}${path}`, {
      method: 'PUT',
      headers: bearer(ownerKey),
    });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  }
  const owner = createVisitor(desks[0]?.url ?? '');
  await owner.signIn({ apiKey: ownerKey });
  return { name, desks, owner, ownerKey };
}

/** The desks take turns. */
async function load({ desks, owner, ownerKey }: Place): Promise<Round> {
  const agent = new Agent({ connections: AT_ONCE });
  const [first] = [...owner.cookies];
  const latencies: number[] = [];
  let sent = 0;
  const call = async (number: number): Promise<void> => {
    const desk = desks[number % desks.length];
    if (desk === undefined || first === undefined) throw new Error('nothing to call');
    const [name, value] = first;
    // The port is a part of the cookie's name.
    const cookie = `${name.replace(/\d+$/, String(desk.port))}=${value}`;
    const { statusCode, body } =
      number % 10 === 9
        ? await request(`${desk.registryUrl}${serverPath(number % SERVERS)}`, {
            dispatcher: agent,
            method: 'PATCH',
            headers: { ...bearer(ownerKey), 'Content-Type': 'application/json' },
            body: JSON.stringify({ displayName: `Name ${number}` }),
          })
        : await request(`${desk.url}/api/servers?namespace=bench&pageSize=20`, {
            dispatcher: agent,
            headers: { Cookie: cookie, 'Touchmark-Client': 'web' },
          });
    const text = await body.text();
    if (statusCode !== 200) throw new Error(`${statusCode} ${text}`);
  };
  const worker = async (): Promise<void> => {
    while (sent < CALLS_PER_ROUND) {
      const number = sent++;
      latencies.push(await timed(() => call(number)));
    }
  };
  const elapsed = await timed(() => Promise.all(Array.from({ length: AT_ONCE }, worker)));
  await agent.close();
  return { rate: (CALLS_PER_ROUND / elapsed) * 1000, latencies };
}

function serverPath(number: number): string {
  return `/servers/${encodeURIComponent(`bench/server-${number}`)}`;
}

function bearer(key: string): Record<string, string> {
  return { Authorization: `Bearer ${key}` };
}
