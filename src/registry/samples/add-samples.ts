import type { Kysely } from 'kysely';
import type { Database } from '#database/schema.ts';
import { writeDown } from '#registry/audit/audit-log.ts';
import { REGISTRY_ITSELF } from '#registry/audit/author.ts';
import { chunks } from '#database/row-chunks.ts';
import { addInvocations } from '#registry/logs/invocation-store.ts';
import { healthySamples } from './healthy-samples.ts';
import { localSamples } from './local-samples.ts';
import { createRandom, type Random } from './random.ts';
import { makeReleases } from './release-history.ts';
import { makeInvocations } from './runtime-logs.ts';
import { makeDomain, makeIcon, makeSecrets, makeServerRow } from './sample-rows.ts';
import type { SampleServer } from './sample-server.ts';
import { troubledSamples } from './troubled-samples.ts';
import { neighbourSamples, edgeCaseSamples } from './edge-case-samples.ts';
import { addToSearchIndex } from '#registry/search/search-index.ts';
import { keepStates } from '#registry/owned-servers/server-facts.ts';
import { fileServer } from '#registry/filing/unfiled-servers.ts';

const DAY = 86_400_000;

const NEIGHBOUR = 'studio';
const OWNERS_SAMPLES = [...healthySamples, ...localSamples, ...troubledSamples, ...edgeCaseSamples];

/** True where nobody has registered anything yet. */
export async function isEmptyRegistry(db: Kysely<Database>): Promise<boolean> {
  const namespace = await db.selectFrom('namespaces').select('name').limit(1).executeTakeFirst();
  return namespace === undefined;
}

/**
 * Fills an empty registry with servers in every state, some of the owner's and one of another user's, with releases,
 * a week of logs, secrets, domains and icons. The same seed and time give the same rows. All or nothing.
 */
export async function addSamples(
  db: Kysely<Database>,
  { ownerId, seed, now }: { ownerId: string; seed: number; now: Date },
): Promise<void> {
  const random = createRandom(seed);
  await db.transaction().execute(async (trx) => {
    const neighbourId = random.uuid();
    await trx
      .insertInto('users')
      .values({ id: neighbourId, name: NEIGHBOUR, created_at: now.toISOString() })
      .execute();
    const added = { action: 'user.create' as const, target: NEIGHBOUR, concerns: [neighbourId] };
    await writeDown(trx, { ...added, by: REGISTRY_ITSELF, now, note: 'With sample servers.' });
    await addServers(trx, OWNERS_SAMPLES, { userId: ownerId, random, now });
    await addServers(trx, neighbourSamples, { userId: neighbourId, random, now });
  });
}

async function addServers(
  trx: Kysely<Database>,
  samples: readonly SampleServer[],
  { userId, random, now }: { userId: string; random: Random; now: Date },
): Promise<void> {
  const servers = samples.map((sample) => makeServerRow(sample, { random, now }));
  const names = [...new Set(servers.map(({ namespace }) => namespace))];
  const oldest = new Date(now.getTime() - Math.max(...samples.map(({ age }) => age)) * DAY).toISOString();
  await trx
    .insertInto('namespaces')
    .values(names.map((name) => ({ name, owner_id: userId, created_at: oldest })))
    .execute();
  const inserted = await trx
    .insertInto('servers')
    .values(servers)
    .returning(['rid', 'qualified_name', 'display_name', 'description'])
    .execute();
  await addToSearchIndex(trx, inserted);
  for (const name of names) {
    await writeDown(trx, {
      action: 'namespace.create',
      by: REGISTRY_ITSELF,
      now,
      target: name,
      namespace: name,
      concerns: [userId],
      note: 'With sample servers.',
    });
  }
  const rids = new Map(inserted.map(({ qualified_name, rid }) => [qualified_name, rid]));
  const placed = samples.flatMap((sample) => {
    const serverRid = rids.get(sample.name);
    return serverRid === undefined ? [] : [{ sample, serverRid }];
  });
  await addBelongings(trx, placed, { random, now });
}

async function addBelongings(
  trx: Kysely<Database>,
  placed: readonly { sample: SampleServer; serverRid: number }[],
  { random, now }: { random: Random; now: Date },
): Promise<void> {
  const histories = placed.map(({ sample, serverRid }) => makeReleases(sample, { serverRid, random, now }));
  for (const rows of chunks(histories.flatMap(({ releases }) => releases))) {
    await trx.insertInto('releases').values(rows).execute();
  }
  for (const rows of chunks(histories.flatMap(({ logs }) => logs))) {
    await trx.insertInto('release_logs').values(rows).execute();
  }
  await trx
    .updateTable('servers')
    .set((eb) => ({
      live_release_id: eb
        .selectFrom('releases')
        .select('releases.id')
        .whereRef('releases.server_rid', '=', 'servers.rid')
        .where('releases.status', '=', 'SUCCESS')
        .orderBy('releases.created_at', 'desc')
        .limit(1),
    }))
    .where('live_type', 'is not', null)
    .where(
      'rid',
      'in',
      placed.map(({ serverRid }) => serverRid),
    )
    .execute();
  await keepStates(
    trx,
    placed.map(({ serverRid }) => serverRid),
  );
  for (const { serverRid } of placed) await fileServer(trx, serverRid);
  const calls = placed.flatMap(({ sample, serverRid }) =>
    makeInvocations(sample, { serverRid, random, now }),
  );
  await addInvocations(trx, calls);
  for (const rows of chunks(placed.flatMap(({ sample, serverRid }) => makeSecrets(sample, serverRid)))) {
    await trx.insertInto('secrets').values(rows).execute();
  }
  for (const rows of chunks(placed.flatMap(({ sample, serverRid }) => makeDomain(sample, serverRid, now)))) {
    await trx.insertInto('domains').values(rows).execute();
  }
  for (const rows of chunks(placed.flatMap(({ sample, serverRid }) => makeIcon(sample, serverRid)))) {
    await trx.insertInto('icons').values(rows).execute();
  }
}
