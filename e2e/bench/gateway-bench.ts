import { Agent, request } from 'undici';
import { createVisitor } from '../support/visitor.ts';
import { filledDesk } from './filled-desk.ts';
import { latencyRows, medianRow, quantile, timed, type Row } from './measure.ts';

const ROUNDS = 5;
const CALLS_PER_ROUND = 400;
const AT_ONCE = 8;

/** What the gateway adds to a read, over the same registry of the same process called directly. */
export async function gatewayBench(): Promise<Row[]> {
  const desk = await filledDesk(1000);
  const agent = new Agent({ connections: AT_ONCE });
  try {
    const visitor = createVisitor(desk.url);
    await visitor.signIn({ apiKey: desk.apiKey });
    const cookie = [...visitor.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const path = 'servers?namespace=bench&pageSize=20';
    const direct = {
      url: `${desk.registryUrl}/${path}`,
      headers: { Authorization: `Bearer ${desk.apiKey}` },
    };
    const through = {
      url: `${desk.url}/api/${path}`,
      headers: { Cookie: cookie, 'Touchmark-Client': 'web' },
    };
    const samples = { direct: [] as number[], through: [] as number[] };
    const rates: number[] = [];
    const added = { p50: [] as number[], p99: [] as number[] };
    for (let round = 0; round < ROUNDS; round += 1) {
      const plain = await load(agent, direct);
      const passed = await load(agent, through);
      samples.direct.push(...plain.latencies);
      samples.through.push(...passed.latencies);
      rates.push(passed.rate);
      added.p50.push(quantile(passed.latencies, 0.5) - quantile(plain.latencies, 0.5));
      added.p99.push(quantile(passed.latencies, 0.99) - quantile(plain.latencies, 0.99));
    }
    const group = `Gateway, ${AT_ONCE} requests at once, a list of 20`;
    return [
      medianRow(group, 'requests a second', '/s', rates),
      ...latencyRows(group, 'registry called directly', samples.direct),
      ...latencyRows(group, 'through the gateway', samples.through),
      medianRow(group, 'added p50', 'ms', added.p50),
      medianRow(group, 'added p99', 'ms', added.p99),
    ];
  } finally {
    await agent.close();
    await desk.stop();
  }
}

interface Call {
  url: string;
  headers: Record<string, string>;
}

async function load(agent: Agent, { url, headers }: Call): Promise<{ rate: number; latencies: number[] }> {
  const latencies: number[] = [];
  let left = CALLS_PER_ROUND;
  const worker = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      latencies.push(
        await timed(async () => {
          const { statusCode, body } = await request(url, { dispatcher: agent, headers });
          const text = await body.text();
          if (statusCode !== 200) throw new Error(`${url}: ${statusCode} ${text}`);
        }),
      );
    }
  };
  const elapsed = await timed(() => Promise.all(Array.from({ length: AT_ONCE }, worker)));
  return { rate: (CALLS_PER_ROUND / elapsed) * 1000, latencies };
}
