import type { Invocation } from '#registry/logs/invocation-store.ts';
import type { Random } from './random.ts';
import type { SampleServer } from './sample-server.ts';

const HOUR = 3_600_000;
const DAYS = 7;

const FAILURES = [
  { name: 'UpstreamError', message: 'Upstream answered 503 Service Unavailable' },
  { name: 'TimeoutError', message: 'Upstream did not answer within 10000 ms' },
  { name: 'TypeError', message: "Cannot read properties of undefined (reading 'items')" },
] as const;

/** A week of calls to a server: as many a day as the sample says, a tenth as many again within the last hour. */
export function makeInvocations(
  sample: SampleServer,
  { serverRid, random, now }: { serverRid: number; random: Random; now: Date },
): Invocation[] {
  const age = sample.age * 24 * HOUR;
  const week = Array.from({ length: sample.callsPerDay * DAYS }, () => random.next() * DAYS * 24 * HOUR);
  const lately = Array.from({ length: Math.floor(sample.callsPerDay / 10) }, () => random.next() * HOUR);
  return [...week, ...lately]
    .filter((ago) => ago < age)
    .map((ago) =>
      makeInvocation(sample, { serverRid, random, at: new Date(now.getTime() - 1000 - Math.floor(ago)) }),
    );
}

function makeInvocation(
  sample: SampleServer,
  { serverRid, random, at }: { serverRid: number; random: Random; at: Date },
): Invocation {
  const timestamp = at.toISOString();
  const tool = sample.tools?.[random.integer(0, (sample.tools?.length ?? 1) - 1)]?.name ?? 'ping';
  const wallMs = random.integer(18, 900);
  const logs: Invocation['logs'] = [{ timestamp, level: 'info', message: `tools/call ${tool}` }];
  const exceptions: Invocation['exceptions'] = [];
  const fails = random.next() < 0.05;
  if (fails) {
    const { name, message } = random.pick(FAILURES);
    logs.push({ timestamp, level: 'error', message: `${tool} failed: ${message}` });
    exceptions.push({ timestamp, name, message });
  } else {
    if (random.next() < 0.1) {
      logs.push({ timestamp, level: 'warn', message: 'Upstream was slow, answered from cache' });
    }
    logs.push({ timestamp, level: 'info', message: `${tool} answered` });
  }
  return {
    id: random.uuid(),
    serverRid,
    timestamp,
    method: 'POST',
    url: `https://${sample.subdomain ?? sample.name.replace('/', '-')}.run.tools/mcp`,
    status: fails ? 500 : 200,
    outcome: fails ? 'exception' : 'ok',
    cpuMs: random.integer(1, 12),
    wallMs,
    logs,
    exceptions,
  };
}
