import type { Kysely } from 'kysely';
import type { CallHourRow } from '#database/registry-tables.ts';
import { chunks } from '#database/row-chunks.ts';
import type { Database } from '#database/schema.ts';

/** A call, as far as it is counted. */
export interface CountedCall {
  serverRid: number;
  /** ISO 8601. */
  timestamp: string;
  method: string;
  status: number;
  outcome: string;
  wallMs: number;
  /** What the log says of it. */
  messages: readonly string[];
  isRpcError?: boolean;
  isToolError?: boolean;
}

/** What an answer that came later says of its call, which is counted by itself. */
export interface FailedAnswer extends Pick<CountedCall, 'serverRid' | 'timestamp' | 'messages'> {
  isRpcError: boolean;
  isToolError: boolean;
}

type Key = 'server_rid' | 'hour' | 'tool';
type Counts = Omit<CallHourRow, Key>;
type Tally = Pick<CallHourRow, Key> & Counts;

const NONE: Counts = {
  calls: 0,
  errors: 0,
  tool_errors: 0,
  took_10: 0,
  took_30: 0,
  took_100: 0,
  took_300: 0,
  took_1000: 0,
  took_3000: 0,
  took_10000: 0,
  took_longer: 0,
};
const COLUMNS = Object.keys(NONE) as (keyof Counts)[];
const BUCKETS = [10, 30, 100, 300, 1000, 3000, 10_000] as const;

/** Adds calls, and how others were answered, to the counts of their hours and days. Belongs into the transaction that writes them. */
export async function addCallCounts(
  trx: Kysely<Database>,
  calls: readonly CountedCall[],
  failed: readonly FailedAnswer[] = [],
): Promise<void> {
  const hours = tally(calls, failed);
  for (const some of chunks(hours)) {
    await trx
      .insertInto('call_hours')
      .values(some)
      .onConflict((conflict) =>
        conflict
          .columns(['server_rid', 'hour', 'tool'])
          .doUpdateSet((eb) =>
            Object.fromEntries(
              COLUMNS.map((column) => [
                column,
                eb(`call_hours.${column}`, '+', eb.ref(`excluded.${column}`)),
              ]),
            ),
          ),
      )
      .execute();
  }
  for (const some of chunks(daysOf(hours))) {
    await trx
      .insertInto('call_days')
      .values(some)
      .onConflict((conflict) =>
        conflict.columns(['server_rid', 'day']).doUpdateSet((eb) => ({
          calls: eb('call_days.calls', '+', eb.ref('excluded.calls')),
          errors: eb('call_days.errors', '+', eb.ref('excluded.errors')),
        })),
      )
      .execute();
  }
}

function tally(calls: readonly CountedCall[], failed: readonly FailedAnswer[]): Tally[] {
  const tallies = new Map<string, Tally>();
  const tallyOf = (call: CountedCall | FailedAnswer): Tally => {
    const key = { server_rid: call.serverRid, hour: call.timestamp.slice(0, 13), tool: toolOf(call) };
    const name = `${key.server_rid} ${key.hour} ${key.tool}`;
    const known = tallies.get(name) ?? { ...key, ...NONE };
    tallies.set(name, known);
    return known;
  };
  for (const call of calls) {
    const known = tallyOf(call);
    known.calls += 1;
    known.errors += Number(isError(call));
    known.tool_errors += Number(call.isToolError === true);
    const took = tookColumn(call);
    if (took !== undefined) known[took] += 1;
  }
  for (const answer of failed) {
    const known = tallyOf(answer);
    known.errors += Number(answer.isRpcError && !answer.messages.includes(DISCOVERY));
    known.tool_errors += Number(answer.isToolError);
  }
  // In one order everywhere: two writers that meet at the same hours wait, they never block each other.
  return [...tallies].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, counts]) => counts);
}

function daysOf(hours: readonly Tally[]) {
  const days = new Map<string, { server_rid: number; day: string; calls: number; errors: number }>();
  for (const { server_rid, hour, calls, errors } of hours) {
    const day = hour.slice(0, 10);
    const name = `${server_rid} ${day}`;
    const known = days.get(name) ?? { server_rid, day, calls: 0, errors: 0 };
    days.set(name, { ...known, calls: known.calls + calls, errors: known.errors + errors });
  }
  return [...days.values()];
}

const TOOL_CALL = 'tools/call ';
const UNKNOWN_TOOL = '(unknown tool)';
const DISCOVERY = 'server/discover';
const LISTENING = 'subscriptions/listen';

function toolOf({ messages }: Pick<CountedCall, 'messages'>): string {
  const tools = messages.filter((message) => message.startsWith(TOOL_CALL));
  const [tool = ''] = new Set(tools).size === 1 ? tools : [];
  const name = tool.slice(TOOL_CALL.length);
  return name === UNKNOWN_TOOL ? '' : name;
}

// Who leaves early says nothing of the server.
function isError(call: CountedCall): boolean {
  if (isRefusedTry(call)) return false;
  const { status, outcome, isRpcError = false } = call;
  return isRpcError || (outcome !== 'canceled' && (status >= 400 || outcome === 'exception'));
}

// Clients try what not every server offers: a stream of its own and the end of a session, which are refused with 405, and
// by some with 400; and the newest protocol.
function isRefusedTry({ method, status, messages, isRpcError = false }: CountedCall): boolean {
  if (method !== 'POST') return status === 400 || status === 405;
  return messages.includes(DISCOVERY) && (isRpcError || (status >= 400 && status < 500));
}

// Only of what is worked on: events are waited for, and who left did not wait for the end.
function tookColumn({ method, outcome, wallMs, messages }: CountedCall): keyof Counts | undefined {
  if (method !== 'POST' || outcome === 'canceled' || messages.includes(LISTENING)) return undefined;
  const bucket = BUCKETS.find((ms) => wallMs <= ms);
  return bucket === undefined ? 'took_longer' : `took_${bucket}`;
}
