import { Agent, request } from 'undici';
import { startDesk } from '../support/desk.ts';
import { startMcpServer } from '../support/mcp-servers.ts';
import { publishUpstream } from '../support/publish-upstream.ts';
import { latencyRows, medianRow, quantile, timed, type Row } from './measure.ts';

const SESSIONS = 100;
const CALLS = 10;
const ROUNDS = 5;

/** What the MCP proxy adds to a tool call, over the same server called directly. */
export async function proxyBench(): Promise<Row[]> {
  const upstream = await startMcpServer();
  const desk = await startDesk({ args: ['--no-samples', '--allow-private-upstreams'] });
  const agent = new Agent({ connections: SESSIONS });
  try {
    const headers = { Authorization: `Bearer ${desk.ownerKey}` };
    const mcpUrl = await publishUpstream(desk.registryUrl, {
      name: 'bench/echo',
      upstreamUrl: upstream.url,
      headers,
    });
    const direct: Target = { agent, url: upstream.url, headers: {} };
    const through: Target = { agent, url: mcpUrl, headers };
    const samples = { direct: [] as number[], through: [] as number[] };
    const rates: number[] = [];
    const added = { p50: [] as number[], p99: [] as number[] };
    for (let round = 0; round < ROUNDS; round += 1) {
      const plain = await load(direct);
      const passed = await load(through);
      samples.direct.push(...plain.latencies);
      samples.through.push(...passed.latencies);
      rates.push(passed.rate);
      added.p50.push(quantile(passed.latencies, 0.5) - quantile(plain.latencies, 0.5));
      added.p99.push(quantile(passed.latencies, 0.99) - quantile(plain.latencies, 0.99));
    }
    const group = `MCP proxy, ${SESSIONS} sessions at once, a tool call each`;
    return [
      medianRow(group, 'calls a second', '/s', rates),
      ...latencyRows(group, 'server called directly', samples.direct),
      ...latencyRows(group, 'through the registry', samples.through),
      medianRow(group, 'added p50', 'ms', added.p50),
      medianRow(group, 'added p99', 'ms', added.p99),
    ];
  } finally {
    await agent.close();
    await desk.stop();
    await upstream.close();
  }
}

interface Target {
  agent: Agent;
  url: string;
  headers: Record<string, string>;
}

async function load(target: Target): Promise<{ rate: number; latencies: number[] }> {
  const sessions = await Promise.all(Array.from({ length: SESSIONS }, async () => openSession(target)));
  const latencies: number[] = [];
  const elapsed = await timed(() =>
    Promise.all(
      sessions.map(async (session) => {
        for (let call = 0; call < CALLS; call += 1) {
          const params = { name: 'echo', arguments: { text: `call ${call}` } };
          latencies.push(
            await timed(async () => post(target, session, { id: call, method: 'tools/call', params })),
          );
        }
      }),
    ),
  );
  return { rate: ((SESSIONS * CALLS) / elapsed) * 1000, latencies };
}

async function openSession(target: Target): Promise<string> {
  const clientInfo = { name: 'bench', version: '1.0.0' };
  const params = { protocolVersion: '2025-06-18', capabilities: {}, clientInfo };
  const session = await post(target, null, { id: 0, method: 'initialize', params });
  await post(target, session, { method: 'notifications/initialized' });
  return session;
}

/** Posts a message, reads the whole answer and gives its session. */
async function post(
  { agent, url, headers }: Target,
  session: string | null,
  message: Record<string, unknown>,
): Promise<string> {
  const answer = await request(url, {
    dispatcher: agent,
    method: 'POST',
    headers: {
      ...headers,
      Accept: 'application/json, text/event-stream',
      'Content-Type': 'application/json',
      'MCP-Protocol-Version': '2025-06-18',
      ...(session === null ? {} : { 'Mcp-Session-Id': session }),
    },
    body: JSON.stringify({ jsonrpc: '2.0', ...message }),
  });
  const text = await answer.body.text();
  if (answer.statusCode >= 300) throw new Error(`${url}: ${answer.statusCode} ${text}`);
  return String(answer.headers['mcp-session-id'] ?? session);
}
