import { rm } from 'node:fs/promises';
import Smithery, { toFile } from '@smithery/api';
import { zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { makeBundle } from './support/bundles.ts';
import { createTestDatabase, engines } from './support/databases.ts';
import { startDesk } from './support/desk.ts';
import { KILLS, KILLS_TIMEOUT, killAmong, killMoments } from './support/kills.ts';
import { freePort } from './support/postgres.ts';

const KINDS_OF_WRITES = 9;
const BUNDLE = makeBundle();

/** A write, and what must hold for ever once it was acknowledged; a text says what does not. */
interface Write {
  send: (client: Smithery) => Promise<unknown>;
  check: (client: Smithery) => Promise<string | undefined>;
  /** What must hold when all that it set going has ended. */
  checkEnd?: (client: Smithery) => Promise<string | undefined>;
}

async function found<Answer>(answer: Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof Smithery.NotFoundError) return undefined;
    throw error;
  }
}

const displayNameOf = async (client: Smithery, name: string) =>
  (await found(client.servers.get(name)))?.displayName;

const secretsOf = async (client: Smithery, name: string) =>
  (await found(client.servers.secrets.list(name)))?.map((secret) => secret.name);

/** What is there before the writes of a cycle. */
async function prepare(client: Smithery, cycle: number): Promise<void> {
  await Promise.all(
    ['renamed', 'moved', 'deleted', 'unsealed', 'released'].map(async (name) => {
      const qualifiedName = `crash/${name}-${cycle}`;
      await client.servers.create(qualifiedName);
      if (['moved', 'deleted', 'unsealed'].includes(name)) {
        await client.servers.secrets.set(qualifiedName, { name: 'TOKEN', value: 'x' });
      }
    }),
  );
}

/** One write of every kind, none in the way of another. */
function writesOf(cycle: number, ownerId: string): Write[] {
  const named = (name: string) => `crash/${name}-${cycle}`;
  return [
    {
      send: (client) => client.servers.create(named('created'), { displayName: 'Made' }),
      check: async (client) =>
        (await displayNameOf(client, named('created'))) === 'Made'
          ? undefined
          : 'a created server is not there',
    },
    {
      send: (client) => client.servers.update(named('renamed'), { displayName: 'Renamed' }),
      check: async (client) =>
        (await displayNameOf(client, named('renamed'))) === 'Renamed' ? undefined : 'an update is not there',
    },
    {
      send: (client) =>
        client.servers.transfer(named('moved'), {
          targetNamespace: 'crash-elsewhere',
          targetOrganizationId: ownerId,
        }),
      check: async (client) =>
        (await secretsOf(client, `crash-elsewhere/moved-${cycle}`))?.[0] === 'TOKEN' &&
        (await secretsOf(client, named('moved'))) === undefined
          ? undefined
          : 'a transferred server is not whole in its new place',
    },
    {
      send: (client) => client.servers.delete(named('deleted')),
      check: async (client) =>
        (await found(client.servers.get(named('deleted')))) === undefined
          ? undefined
          : 'a deleted server is there again',
    },
    {
      send: (client) => client.servers.secrets.delete('TOKEN', { qualifiedName: named('unsealed') }),
      check: async (client) =>
        (await secretsOf(client, named('unsealed')))?.length === 0
          ? undefined
          : 'a deleted secret is there again',
    },
    {
      send: (client) => client.servers.secrets.set(named('renamed'), { name: 'ADDED', value: 'y' }),
      check: async (client) =>
        (await secretsOf(client, named('renamed')))?.includes('ADDED') === true
          ? undefined
          : 'a secret is not there',
    },
    {
      send: async (client) =>
        client.servers.releases.deploy(named('released'), {
          payload: JSON.stringify({ type: 'stdio', runtime: 'node' }),
          bundle: await toFile(BUNDLE, 'server.mcpb'),
        }),
      check: async (client) => {
        const [latest] = (await client.servers.releases.list(named('released'))).releases;
        if (latest === undefined) return 'a release is not there';
        const isUnhurt = ['QUEUED', 'WORKING', 'SUCCESS'].includes(latest.status);
        return isUnhurt ? undefined : `a release ended as ${latest.status}`;
      },
      checkEnd: (client) => releaseProblem(client, named('released')),
    },
    {
      send: (client) => client.namespaces.set(`crash-space-${cycle}`),
      check: async (client) => {
        for await (const { name } of client.namespaces.list()) {
          if (name === `crash-space-${cycle}`) return undefined;
        }
        return 'a namespace is not there';
      },
    },
    {
      send: async (client) =>
        client.skills.upload(`skill-${cycle}`, {
          namespace: 'crash',
          archive: await toFile(skillArchive(`skill-${cycle}`), 'skill.zip'),
        }),
      check: async (client) =>
        (await found(client.skills.get(`skill-${cycle}`, { namespace: 'crash' }))) === undefined
          ? 'a skill is not there'
          : undefined,
    },
  ];
}

function skillArchive(name: string): Uint8Array {
  const text = `---\nname: ${name}\ndescription: Survives\n---\n\nDo it well.\n`;
  return zipSync({ [`${name}/SKILL.md`]: Buffer.from(text) });
}

// It goes on where the kills stopped it; then what can be downloaded is what was sent.
async function releaseProblem(client: Smithery, name: string): Promise<string | undefined> {
  for (;;) {
    const [latest] = (await client.servers.releases.list(name)).releases;
    if (latest === undefined) return 'a release is not there';
    if (latest.status === 'SUCCESS') break;
    if (!['QUEUED', 'WORKING'].includes(latest.status)) return `a release ended as ${latest.status}`;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const bytes = Buffer.from(await (await client.servers.download(name)).arrayBuffer());
  return bytes.equals(Buffer.from(BUNDLE)) ? undefined : 'a bundle is not what was sent';
}

// Broken off or not: a server that was being moved is in exactly one place, with all it has.
async function isInOnePlace(client: Smithery, cycle: number): Promise<boolean> {
  const places = await Promise.all(
    [`crash/moved-${cycle}`, `crash-elsewhere/moved-${cycle}`].map((name) => secretsOf(client, name)),
  );
  const whole = places.filter((secrets) => secrets !== undefined);
  return whole.length === 1 && whole[0]?.[0] === 'TOKEN';
}

describe.concurrent.each(engines)('a registry killed in the midst of writes, on %s', (engine) => {
  it('loses nothing that was acknowledged, and leaves nothing half done', KILLS_TIMEOUT, async (test) => {
    const database = engine === 'postgres' ? await createTestDatabase(engine) : undefined;
    if (database !== undefined) test.onTestFinished(() => database.drop());
    const place = database?.location.engine === 'postgres' ? ['--database', database.location.url] : [];
    const args = ['--no-samples', '--port', String(await freePort()), ...place];
    let desk = await startDesk({ args });
    const { dataFolder, registryUrl, ownerKey } = desk;
    test.onTestFinished(async () => {
      await desk.stop({ keepData: true });
      await rm(dataFolder, { recursive: true, force: true });
    });
    const client = new Smithery({ apiKey: ownerKey ?? '', baseURL: registryUrl, maxRetries: 0 });
    await client.namespaces.set('crash');
    await client.namespaces.set('crash-elsewhere');
    await client.servers.create('crash');
    const [first] = (await client.servers.list({ qualifiedName: 'crash' })).servers;
    const send = (write: Write) =>
      write.send(client).then(
        () => true,
        () => false,
      );
    const problemsOf = (writes: Write[]) => Promise.all(writes.map((write) => write.check(client)));
    const kept: Write[] = [];
    for (const [cycle, moment] of killMoments(KINDS_OF_WRITES, test).entries()) {
      await prepare(client, cycle);
      const writes = writesOf(cycle, first?.owner ?? '');
      expect(writes).toHaveLength(KINDS_OF_WRITES);
      const acknowledged = await killAmong(desk, writes, send, moment);
      desk = await startDesk({ args, dataFolder });
      expect([cycle, await problemsOf(acknowledged)]).toEqual([cycle, acknowledged.map(() => undefined)]);
      expect([cycle, await isInOnePlace(client, cycle)]).toEqual([cycle, true]);
      kept.push(...acknowledged);
    }
    expect(await problemsOf(kept)).toEqual(kept.map(() => undefined));
    // Only now: a killed desk holds what it was publishing until its lease runs out.
    for (const { checkEnd } of kept) expect(await checkEnd?.(client)).toBeUndefined();
    // Kills that all came too early or too late would have shown nothing.
    expect(kept.length).toBeGreaterThan(KILLS);
    expect(kept.length).toBeLessThan(KILLS * KINDS_OF_WRITES);
  });
});
