import { randomBytes } from 'node:crypto';
import type { Registry } from '#registry/create-registry.ts';
import { makeBundle } from '../support/bundles.ts';
import { startMcpServer } from '../support/mcp-servers.ts';
import { release } from '../support/publishing.ts';
import { latencyRows, timed, type Row } from './measure.ts';

const RELEASES = 30;
const BUNDLE_BYTES = 1_000_000;

interface Subject {
  registry: Registry;
  apiKey: string;
  /** Servers of the key's owner, to be released; at least two. */
  names: readonly string[];
}

/** From sending a release to its being live: a URL, whose server is asked for all it offers, and a bundle. */
export async function publishRows(group: string, { registry, apiKey, names }: Subject): Promise<Row[]> {
  const upstream = await startMcpServer();
  const owner = { fetch: registry.fetch, ownerKey: apiKey };
  const [byUrl = '', byBundle = ''] = names;
  // Not compressible: what is sent is what is kept.
  const bundle = makeBundle({ files: { 'data.bin': [randomBytes(BUNDLE_BYTES), { level: 0 }] } });
  const external = { payload: { type: 'external', upstreamUrl: upstream.url } };
  const stdio = { payload: { type: 'stdio', runtime: 'node' }, bundle };
  const untilLive = async (name: string, sent: typeof external | typeof stdio): Promise<void> => {
    const id = await release(owner, name, sent);
    const path = `http://desk.test/servers/${encodeURIComponent(name)}/releases/${id}/stream`;
    const headers = { Authorization: `Bearer ${apiKey}` };
    const events = await (await registry.fetch(new Request(path, { headers }))).text();
    if (!events.includes('SUCCESS')) throw new Error(`Not released: ${events}`);
  };
  try {
    const rows: Row[] = [];
    for (const [what, name, sent] of [
      ['publish a URL until it is live', byUrl, external],
      ['publish a bundle of 1 MB until it is live', byBundle, stdio],
    ] as const) {
      // The first one loads what only releases need.
      await untilLive(name, sent);
      const samples: number[] = [];
      for (let i = 0; i < RELEASES; i += 1) samples.push(await timed(async () => untilLive(name, sent)));
      rows.push(...latencyRows(group, what, samples));
    }
    return rows;
  } finally {
    await upstream.close();
  }
}
