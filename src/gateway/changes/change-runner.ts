import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { OperationRow } from '#database/gateway-tables.ts';
import type { Limits } from '#gateway/gateway-limits.ts';
import { Problem } from '#gateway/http/problem.ts';
import { settledColumns, type OperationStore, type Settlement } from '#gateway/operations/operation-store.ts';
import type {
  RegistryCalls,
  RegistryOutcome,
  StreamBody,
  TextBody,
} from '#gateway/registry/registry-calls.ts';
import { isRecord, parseJson } from '#gateway/registry/response-parsing.ts';
import { checkServer, findServerId } from '#gateway/registry/server-check.ts';
import type { ChangeBody } from './change-body.ts';
import type { ChangeChecks } from './change-checks.ts';
import {
  isSameChange,
  type ChangeEntries,
  type ChangeIdentity,
  type ChangeRequest,
} from './change-entries.ts';
import type { Expectations } from './expectations.ts';
import { judgeAnswer, notSent, refused } from './settlements.ts';
import type { Upload } from './upload.ts';

/** How a change ended: the ledger's entry, and what the registry answered where that is passed on now. */
export interface ChangeOutcome {
  entry: OperationRow;
  /** The registry's own answer; null for a repeated request, whose answer is in the entry or lost. */
  answer: Record<string, unknown> | null;
}

/** Makes changes, each at most once, and keeps the ledger true. It knows no kind. */
export interface ChangeRunner {
  /**
   * Makes the change, or waits for or repeats the outcome of the same id. Throws Problem where the id was used for
   * something else or the ledger cannot be written: then nothing was sent.
   */
  run(request: ChangeRequest): Promise<ChangeOutcome>;
  /** Resolves once no change is under way. An outcome that cannot be written down is left to the checks at once from now on. */
  settled(): Promise<void>;
}

interface Options {
  operations: OperationStore;
  calls: RegistryCalls;
  checks: ChangeChecks;
  entries: ChangeEntries;
  expectations: Expectations;
  /** Told what became of a change. */
  noteOutcome: (entry: OperationRow, body: Readonly<Record<string, unknown>> | null) => Promise<void>;
  /** Resolves once other processes know that this one is alive, and leave alone what it holds. */
  present: () => Promise<void>;
  limits: Limits;
  now: () => Date;
  log: Logger;
}

export function createChangeRunner(options: Options): ChangeRunner {
  const { operations, calls, checks, entries, expectations, noteOutcome, present, limits, now, log } =
    options;
  const closing = new AbortController();
  const underWay = new Map<string, { identity: ChangeIdentity; outcome: Promise<ChangeOutcome> }>();

  async function run(request: ChangeRequest): Promise<ChangeOutcome> {
    const earlier = underWay.get(request.id);
    const identity = entries.identityOf(request);
    if (earlier !== undefined) {
      if (!isSameChange(earlier.identity, identity)) throw idReused();
      return repeated((await earlier.outcome).entry, request);
    }
    // Registered before the first await: whatever arrives next with this id finds it.
    const outcome = perform(request).finally(() => underWay.delete(request.id));
    underWay.set(request.id, { identity, outcome });
    return outcome;
  }

  async function perform(request: ChangeRequest): Promise<ChangeOutcome> {
    const known = await operations.find(request.id).catch(nothingSent);
    await present().catch(nothingSent);
    if (known !== undefined) return repeated(known, request);
    const seen = await checkBefore(request);
    const isAnother = request.seenId !== null && seen.id !== null && seen.id !== request.seenId;
    const entry = isAnother ? entries.stopped(request) : entries.intent(request, seen);
    if (!(await writtenDown(entry))) {
      return repeated(await operations.find(request.id).catch(nothingSent), request);
    }
    return isAnother ? { entry, answer: null } : send(entry, request);
  }

  /** False where its id is taken. Throws Problem where it could not be written down. */
  async function writtenDown(entry: OperationRow): Promise<boolean> {
    try {
      return await operations.insert(entry);
    } catch (error) {
      // It may be there all the same, where only the database's answer was lost.
      if (entry.state === 'sending')
        checks.settleLater(entry, { settlement: notSent(), at: now(), columns: {} });
      return nothingSent(error);
    }
  }

  async function repeated(known: OperationRow | undefined, request: ChangeRequest): Promise<ChangeOutcome> {
    // What it holds shows only once all of it has come.
    if (request.body.form === 'upload') await request.body.upload.drain();
    if (known === undefined || !isSameChange(known, entries.identityOf(request))) throw idReused();
    return { entry: checks.withKnownOutcome(await untilAnswered(known)), answer: null };
  }

  // Another process may be making it. Where that one has died, whoever takes it over makes it unknown.
  async function untilAnswered(entry: OperationRow): Promise<OperationRow> {
    const end = performance.now() + limits.totalMs + limits.briefCheckMs;
    let known = entry;
    let pause = limits.lookAgainMs;
    while (known.state === 'sending' && performance.now() < end) {
      await sleep(pause);
      pause = Math.min(pause * 2, 10 * limits.lookAgainMs);
      known = (await operations.find(entry.id)) ?? known;
    }
    return known;
  }

  /** Which server has the name now, and what a check will be compared with. */
  async function checkBefore({ kind, target, apiKey, body }: ChangeRequest) {
    if (kind.expects === undefined || !('value' in body)) {
      return { id: await findServerId(calls, target, apiKey, limits.briefCheckMs), expected: null };
    }
    const { part } = kind;
    const check = await checkServer(calls, { target, id: null, part, apiKey, totalMs: limits.briefCheckMs });
    const expected = expectations.write(kind.expects(body.value), check);
    return { id: check.seen === 'present' ? check.id : null, expected };
  }

  // From here on nothing depends on the browser, neither its connection nor its session; save that what it uploads has
  // to come.
  async function send(
    intent: OperationRow,
    { kind, body, apiKey, source }: ChangeRequest,
  ): Promise<ChangeOutcome> {
    const { target } = intent;
    const asked = 'value' in body ? body.value : {};
    const outcome = await calls.send({
      method: kind.method,
      path: kind.path(target, asked),
      body: bodyToSend(body),
      apiKey,
      source: { ...source, operationId: intent.id },
    });
    const upload = body.form === 'upload' ? body.upload : undefined;
    // Its last byte may have been passed on before its end was seen here.
    if (isSuccess(outcome)) await upload?.ended;
    const isConfirmed = (answer: Record<string, unknown>) => kind.confirms(answer, target, asked);
    let settlement = (upload && judgeUpload(upload, outcome)) ?? judgeAnswer(outcome, isConfirmed, now());
    if (settlement.status === 404) {
      const check = await checkServer(calls, {
        target,
        id: intent.target_id,
        part: kind.part,
        apiKey,
        totalMs: limits.briefCheckMs,
        asksWhose: true,
      });
      const compare = (fields: Record<string, unknown>) => expectations.compare(intent.expected, fields);
      settlement = kind.judge({ ...intent, ...settlement }, { check, patient: true, compare }) ?? settlement;
    }
    const answer = settlement.finding === 'confirmed' ? answerOf(outcome) : null;
    const facts = upload?.facts();
    const at = now();
    const columns = {
      ...(facts === undefined ? {} : entries.uploadColumns(facts)),
      answer: answer === null ? null : keptAnswer(kind.answer, answer),
    };
    const written = await settle(intent.id, settlement, at, columns);
    const entry = { ...intent, ...columns, ...settledColumns(settlement, at) };
    if (!written) checks.settleLater(intent, { settlement, at, columns });
    if (settlement.state === 'unknown') checks.watch(entry, apiKey);
    await noteOutcome(entry, body.form === 'json' ? body.value : null);
    return { entry, answer };
  }

  // False where it could not be written down: what the owner is told stays the truth, and the ledger learns it later.
  async function settle(
    id: string,
    settlement: Settlement,
    at: Date,
    columns: Partial<OperationRow>,
  ): Promise<boolean> {
    for (const pause of [null, ...limits.settleRetryMs]) {
      if (pause !== null) await sleep(pause, undefined, { signal: closing.signal }).catch(() => {});
      if (pause !== null && closing.signal.aborted) return false;
      try {
        await operations.settle(id, settlement, at, columns);
        return true;
      } catch (error) {
        log.error(
          { operation: id, reason: error instanceof Error ? error.name : typeof error },
          'outcome not written',
        );
      }
    }
    return false;
  }

  return {
    run,
    settled: async () => {
      closing.abort();
      await Promise.allSettled([...underWay.values()].map(({ outcome }) => outcome));
    },
  };
}

function bodyToSend(body: ChangeBody): TextBody | StreamBody | undefined {
  if (body.form === 'none' || body.form === 'path') return undefined;
  return body.form === 'upload'
    ? body.upload
    : { contentType: 'application/json', text: JSON.stringify(body.value) };
}

/**
 * What an upload that did not reach the registry whole means: it was not made, whatever the registry says of the piece
 * it got. Undefined where it was whole, or where the registry answered before it had all.
 */
function judgeUpload(upload: Upload, outcome: RegistryOutcome): Settlement | undefined {
  if (upload.facts() !== undefined || outcome.kind === 'unreachable' || isSuccess(outcome)) return undefined;
  const brokenOff = upload.brokenOff();
  if (brokenOff !== undefined) return refused('not-sent-whole', null, brokenOff);
  if (outcome.kind === 'answered') return undefined;
  return refused('not-sent-whole', null, 'The registry stopped taking the upload before it was whole.');
}

function isSuccess(outcome: RegistryOutcome): boolean {
  return outcome.kind === 'answered' && outcome.status >= 200 && outcome.status < 300;
}

function answerOf(outcome: RegistryOutcome): Record<string, unknown> | null {
  const json = outcome.kind === 'answered' ? parseJson(outcome.body) : undefined;
  return isRecord(json) ? json : null;
}

function keptAnswer(shape: ChangeRequest['kind']['answer'], answer: Record<string, unknown>): string | null {
  if (shape.from === 'entry') return null;
  return JSON.stringify(shape.from === 'registry' ? answer : shape.keep(answer));
}

function idReused(): Problem {
  return new Problem(
    422,
    'idempotency-key-reused',
    'This operation id stands for another change. Nothing was sent.',
  );
}

function nothingSent(cause: unknown): never {
  throw new Problem(
    503,
    'storage-failed',
    'The change could not be written down, so it was not sent. Check the disk and the database, then try again.',
    { cause },
  );
}
