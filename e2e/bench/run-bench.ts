import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { findChromium } from '../support/browser.ts';
import { auditBench } from './audit-bench.ts';
import { deleteLatency, firstVisit, withBrowser } from './browser-bench.ts';
import { fixedCostBench } from './fixed-cost-bench.ts';
import { gatewayBench } from './gateway-bench.ts';
import { listBench } from './list-bench.ts';
import { logsBench } from './logs-bench.ts';
import { printTable, type Row } from './measure.ts';
import { overloadBench } from './overload-bench.ts';
import { processesBench } from './processes-bench.ts';
import { proxyBench } from './proxy-bench.ts';
import { registryBench } from './registry-bench.ts';
import { startBench } from './start-bench.ts';

// `npm run bench`: measures and prints; it judges nothing. `-- --only first-visit,delete` for some groups,
// `-- --sizes 100000` for smaller registries, `-- --only list --lists 200,30000 --against FOLDER` for lists of these lengths
// beside another version that is built in that folder.

const engines = ['sqlite', 'postgres'] as const;
const RESULTS = 'e2e/bench/results';

async function main(): Promise<void> {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({ options: { only: text, sizes: text, lists: text, against: text } });
  const sizes = (values.sizes ?? '100000,1000000').split(',').map(Number);
  const lists = (values.lists ?? '200,2000,10000,30000').split(',').map(Number);
  const say = (line: string): void => console.error(line);
  const chromium = process.env['TOUCHMARK_TEST_CHROMIUM'] ?? (await findChromium(say));
  const groups: Record<string, () => Promise<Row[]>> = {
    'first-visit': () => withBrowser(chromium, firstVisit),
    delete: () => withBrowser(chromium, deleteLatency),
    list: () =>
      withBrowser(chromium, async (browser) => listBench(browser, { sizes: lists, against: values.against })),
    start: startBench,
    gateway: gatewayBench,
    'fixed-cost': fixedCostBench,
    processes: processesBench,
    overload: overloadBench,
    ...Object.fromEntries(engines.map((engine) => [`audit-${engine}`, () => auditBench(engine)])),
    proxy: proxyBench,
    ...Object.fromEntries(
      engines.map((engine) => [`logs-${engine}`, () => logsBench(engine, Math.max(...sizes), say)]),
    ),
    ...Object.fromEntries(
      sizes.flatMap((size) =>
        engines.map((engine) => [`${engine}-${size}`, () => registryBench(engine, size, say)]),
      ),
    ),
  };
  const wanted = values.only?.split(',') ?? Object.keys(groups);
  const rows: Row[] = [];
  for (const name of wanted) {
    const group = groups[name];
    if (group === undefined)
      throw new Error(`No group "${name}"; there are ${Object.keys(groups).join(', ')}.`);
    say(`measuring ${name}`);
    const measured = await group();
    console.log(printTable(measured));
    rows.push(...measured);
  }
  mkdirSync(RESULTS, { recursive: true });
  const machine = { node: process.version, cpus: cpus().length, cpu: cpus()[0]?.model, memory: totalmem() };
  const file = `${RESULTS}/${new Date().toISOString().replaceAll(':', '-')}.json`;
  writeFileSync(file, `${JSON.stringify({ machine, rows }, null, 2)}\n`);
  console.log(`\nAlso written to ${file}`);
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
