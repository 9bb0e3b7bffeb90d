import { rm } from 'node:fs/promises';
import Smithery, { toFile } from '@smithery/api';
import { zipSync } from 'fflate';
import { afterEach, describe, expect, it } from 'vitest';
import { makeBundle } from './support/bundles.ts';
import { createTestDatabase, engines } from './support/databases.ts';
import { startDesk, type Desk } from './support/desk.ts';
import { freePort } from './support/postgres.ts';

const CYCLES = 30;
const BUNDLE = makeBundle();

/** A write, and what must hold for ever once it was acknowledged; a text says what does not. */
interface Write {
  send: (client: Smithery) => Promise<unknown>;
  check: (client: Smithery) => Promise<string | undefined>;
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
  for (const name of ['renamed', 'moved', 'deleted', 'unsealed', 'released']) {
    await client.servers.create(`crash/${name}-${cycle}`);
  }
  for (const name of ['moved', 'deleted', 'unsealed']) {
    await client.servers.secrets.set(`crash/${name}-${cycle}`, { name: 'TOKEN', value: 'x' });
  }
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
      check: (client) => releaseProblem(client, named('released')),
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

// It goes on where the kill stopped it; then what can be downloaded is what was sent.
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

describe.each(engines)('a registry killed in the midst of writes, on %s', (engine) => {
  const cleanups: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  });

  /** Sends the writes at once and kills the desk when so many were acknowledged; returns those that were. */
  async function writeAndKill(
    desk: Desk,
    client: Smithery,
    writes: Write[],
    enough: number,
  ): Promise<Write[]> {
    const acknowledged: Write[] = [];
    await new Promise<void>((resolve) => {
      if (enough === 0) setTimeout(resolve, 5);
      for (const write of writes) {
        write.send(client).then(
          () => {
            acknowledged.push(write);
            if (acknowledged.length === enough) resolve();
          },
          // The kill breaks most of them off.
          () => {},
        );
      }
    });
    await desk.kill();
    return [...acknowledged];
  }

  it('loses nothing that was acknowledged, and leaves nothing half done', { timeout: 600_000 }, async () => {
    const database = engine === 'postgres' ? await createTestDatabase(engine) : undefined;
    if (database !== undefined) cleanups.push(() => database.drop());
    const place = database?.location.engine === 'postgres' ? ['--database', database.location.url] : [];
    const args = ['--no-samples', '--port', String(await freePort()), ...place];
    let desk = await startDesk({ args });
    const { dataFolder, registryUrl, ownerKey } = desk;
    cleanups.push(async () => {
      await desk.stop({ keepData: true });
      await rm(dataFolder, { recursive: true, force: true });
    });
    const client = new Smithery({ apiKey: ownerKey ?? '', baseURL: registryUrl, maxRetries: 0 });
    await client.namespaces.set('crash');
    await client.namespaces.set('crash-elsewhere');
    await client.servers.create('crash');
    const [first] = (await client.servers.list({ qualifiedName: 'crash' })).servers;
    const kept: Write[] = [];
    for (let cycle = 0; cycle < CYCLES; cycle += 1) {
      await prepare(client, cycle);
      const writes = writesOf(cycle, first?.owner ?? '');
      const acknowledged = await writeAndKill(desk, client, writes, cycle % writes.length);
      desk = await startDesk({ args, dataFolder });
      for (const write of acknowledged)
        expect([cycle, await write.check(client)]).toEqual([cycle, undefined]);
      expect([cycle, await isInOnePlace(client, cycle)]).toEqual([cycle, true]);
      kept.push(...acknowledged);
    }
    for (const write of kept) expect(await write.check(client)).toBeUndefined();
    // Kills that all came too early or too late would have shown nothing.
    expect(kept.length).toBeGreaterThan(CYCLES);
    expect(kept.length).toBeLessThan(CYCLES * writesOf(0, '').length);
  });
});
