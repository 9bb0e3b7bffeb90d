import { z } from 'zod';
import {
  AUDIT_ACTIONS,
  auditPaths,
  type ActivityFilter,
  type AuditEntry,
  type AuditList,
  type OutcomeFilter,
  type RegistryTombstone,
} from '#contract/activity.ts';
import type { RegistryCalls, RegistryOutcome } from '#gateway/registry/registry-calls.ts';
import { badAnswer, registryProblem } from '#gateway/registry/registry-problem.ts';
import { parseJson } from '#gateway/registry/response-parsing.ts';

// Our own registry's word: what is not as agreed is an error, nothing to be lenient about.
const entry: z.ZodType<AuditEntry> = z.object({
  id: z.string(),
  at: z.string(),
  action: z.enum(AUDIT_ACTIONS),
  actor: z.object({
    kind: z.enum(['key', 'token', 'client', 'operator', 'registry', 'stranger']),
    user: z.string().nullable(),
    keyId: z.string().nullable(),
    keyLabel: z.string().nullable(),
  }),
  origin: z.enum(['desk', 'cli', 'api', 'client', 'command', 'registry']),
  product: z.string().nullable(),
  target: z.string().nullable(),
  targetId: z.string().nullable(),
  namespace: z.string().nullable(),
  changes: z.array(
    z
      .object({ field: z.string(), before: z.unknown(), after: z.unknown() })
      .partial({ before: true, after: true }),
  ),
  outcome: z.enum(['applied', 'succeeded', 'failed', 'waiting', 'refused']),
  note: z.string().nullable(),
  operationId: z.string().nullable(),
  requestId: z.string().nullable(),
  address: z.string().nullable(),
});

const auditList: z.ZodType<AuditList> = z.object({
  entries: z.array(entry),
  nextBefore: z.string().nullable(),
});

const tombstone: z.ZodType<RegistryTombstone> = z.object({
  qualifiedName: z.string(),
  id: z.string().nullable(),
  displayName: z.string().nullable(),
  entry: entry.nullable(),
  went: z.record(z.string(), z.number()).nullable(),
  heldUntil: z.string().nullable(),
  movedTo: z.string().nullable(),
});

interface AuditFilter extends ActivityFilter {
  outcome?: Exclude<OutcomeFilter, 'unclear'> | undefined;
}

/** What our own registry wrote down, as far as a key may see it. Each throws a Problem where it cannot be read. */
export interface AuditRecord {
  list(filter: AuditFilter, page: { before: string | null; limit: number }): Promise<AuditEntry[]>;
  /** Those of these operations that it wrote down. */
  operations(ids: readonly string[]): Promise<ReadonlySet<string>>;
  /** Undefined where nothing is known of such a name. */
  tombstone(qualifiedName: string): Promise<RegistryTombstone | undefined>;
}

interface Options {
  calls: RegistryCalls;
  apiKey: string;
  /** Hears every answer before it is read: one may have ended the session. */
  onAnswer: (outcome: RegistryOutcome) => Promise<void>;
  now: () => Date;
}

const MOST_ENTRIES = 200;

export function createAuditRecord({ calls, apiKey, onAnswer, now }: Options): AuditRecord {
  async function ask(path: string, query?: URLSearchParams): Promise<RegistryOutcome> {
    const outcome = await calls.read({
      method: 'GET',
      path,
      apiKey,
      ...(query === undefined ? {} : { query }),
    });
    await onAnswer(outcome);
    return outcome;
  }

  function bodyOf<Value>(outcome: RegistryOutcome, shape: z.ZodType<Value>): Value {
    if (outcome.kind !== 'answered' || outcome.status !== 200) throw registryProblem(outcome, now());
    const parsed = shape.safeParse(parseJson(outcome.body));
    if (!parsed.success) throw badAnswer();
    return parsed.data;
  }

  const read = async (query: URLSearchParams): Promise<AuditList> =>
    bodyOf(await ask(auditPaths.audit(), query), auditList);

  return {
    async list(filter, { before, limit }) {
      const query = new URLSearchParams({ limit: String(limit) });
      if (before !== null) query.set('before', before);
      for (const [name, value] of Object.entries(filter)) if (value !== undefined) query.set(name, value);
      return (await read(query)).entries;
    },
    async operations(ids) {
      const found = new Set<string>();
      let before: string | null = null;
      do {
        const query = new URLSearchParams({ limit: String(MOST_ENTRIES) });
        if (before !== null) query.set('before', before);
        for (const id of ids) query.append('operation', id);
        const page: AuditList = await read(query);
        for (const { operationId } of page.entries) if (operationId !== null) found.add(operationId);
        before = page.nextBefore;
      } while (before !== null);
      return found;
    },
    async tombstone(qualifiedName) {
      const outcome = await ask(auditPaths.tombstone(qualifiedName));
      if (outcome.kind === 'answered' && outcome.status === 404) return undefined;
      return bodyOf(outcome, tombstone);
    },
  };
}
