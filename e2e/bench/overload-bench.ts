import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { filledDesk } from './filled-desk.ts';
import { quantile, timed, type Row } from './measure.ts';

const WARM_UP_MS = 3000;
const OVERLOAD_MS = 8000;
const TIMES = 10;
const CONNECTIONS = 1500;

/**
 * A desk that is asked ten times as often as it can answer: what it says to whom it cannot serve, and how soon its health is
 * told meanwhile. The caller shares this machine's cores.
 */
export async function overloadBench(): Promise<Row[]> {
  const desk = await filledDesk(1000);
  const agent = new Agent({ connections: CONNECTIONS });
  const healthAgent = new Agent({ connections: 1 });
  const statuses = new Map<string, number>();
  const call = async (): Promise<void> => {
    const outcome = await request(`${desk.registryUrl}/servers?namespace=bench&pageSize=20`, {
      dispatcher: agent,
      headers: { Authorization: `Bearer ${desk.apiKey}` },
    }).then(
      async ({ statusCode, body }) => {
        await body.dump();
        return String(statusCode);
      },
      () => 'no answer',
    );
    statuses.set(outcome, (statuses.get(outcome) ?? 0) + 1);
  };
  const health: number[] = [];
  const watch = async (until: number): Promise<void> => {
    while (performance.now() < until) {
      health.push(
        await timed(async () => {
          const { body } = await request(`${desk.url}/healthz`, { dispatcher: healthAgent });
          await body.dump();
        }),
      );
      await sleep(20);
    }
  };
  try {
    const warm = performance.now() + WARM_UP_MS;
    await Promise.all(
      Array.from({ length: 100 }, async () => {
        while (performance.now() < warm) await call();
      }).concat(watch(warm)),
    );
    const sustainable = ((statuses.get('200') ?? 0) / WARM_UP_MS) * 1000;
    const calm = health.splice(0);
    statuses.clear();

    const until = performance.now() + OVERLOAD_MS;
    const watching = watch(until);
    const calls: Promise<void>[] = [];
    for (let sent = 0, from = performance.now(); performance.now() < until;) {
      const due = ((performance.now() - from) / 1000) * sustainable * TIMES;
      for (; sent < due; sent++) calls.push(call());
      await sleep(5);
    }
    await watching;
    const overloaded = new Map(statuses);
    await Promise.all(calls);

    const group = `Overload: ${TIMES} times what can be answered, for ${OVERLOAD_MS / 1000} s`;
    const figure = (name: string, unit: Row['unit'], value: number, samples: number): Row => ({
      group,
      name,
      unit,
      value,
      min: value,
      max: value,
      samples,
    });
    return [
      figure('sustained with 100 connections', '/s', sustainable, 1),
      figure('health with 100 connections, p99', 'ms', quantile(calm, 0.99), calm.length),
      figure('offered', '/s', calls.length / (OVERLOAD_MS / 1000), 1),
      figure('health p50', 'ms', quantile(health, 0.5), health.length),
      figure('health p99', 'ms', quantile(health, 0.99), health.length),
      ...[...overloaded].map(([status, count]) =>
        figure(`answered ${status} while it lasted`, 'count', count, 1),
      ),
    ];
  } finally {
    await agent.close();
    await healthAgent.close();
    await desk.stop();
  }
}
