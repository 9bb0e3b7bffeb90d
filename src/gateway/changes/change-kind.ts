import type { Context } from 'hono';
import type { ZodType } from 'zod';
import type { OperationAction } from '#contract/operations.ts';
import type { OperationRow } from '#database/gateway-tables.ts';
import type { GatewayEnv } from '#gateway/http/gateway-env.ts';
import type { Settlement } from '#gateway/operations/operation-store.ts';
import type { ServerCheck, ServerPart } from '#gateway/registry/server-check.ts';

/** What a kind takes from the browser and passes on. */
export type BodyShape =
  | { form: 'none' }
  /** Nothing either: the path names what of the server is changed. */
  | { form: 'path'; read: (c: Context<GatewayEnv>) => Record<string, string> }
  /** JSON of this shape; what the shape does not name is dropped. */
  | { form: 'json'; schema: ZodType<Record<string, unknown>> }
  /** A multipart form, passed on as it comes, at most so many bytes. */
  | { form: 'upload'; maxBytes: number };

/** What the browser is answered where a change was applied, beside the ledger's entry. */
type AnswerShape =
  /** Made from the entry alone, so that a replay is the same. */
  | { from: 'entry'; of: (entry: OperationRow) => Record<string, unknown> }
  /** The registry's own answer, kept in the ledger for replays: it holds no secret. */
  | { from: 'registry' }
  /**
   * The registry's own answer, which holds a secret: it is passed on once and never stored. `keep` takes from it what
   * a replay may still tell, such as an id to revoke by; `lost` says what to do without the rest.
   */
  | {
      from: 'registry-once';
      keep: (answer: Record<string, unknown>) => Record<string, unknown>;
      lost: string;
    };

/** What an entry tells that is to be judged. */
export type JudgedEntry = Pick<OperationRow, 'target' | 'target_id' | 'status' | 'message' | 'expected'>;

interface Check {
  check: ServerCheck;
  /**
   * False right after a lost answer, when the registry may yet be busy with the change: what looks as before is not
   * believed to stay so.
   */
  patient: boolean;
  /** Whether the fields of a server are what was asked for, or what they were before; undefined: neither, or not known. */
  compare: (fields: Readonly<Record<string, unknown>>) => 'as-asked' | 'as-before' | undefined;
}

/** All that is particular to one kind of change. */
export interface ChangeKind {
  action: OperationAction;
  method: 'PUT' | 'POST' | 'PATCH' | 'DELETE';
  /** Where the browser asks for it, below `/api`; `:name` is the server's qualified name. */
  pattern: string;
  /** The registry's path, built from the parsed name and what was read of the path or the body. */
  path: (target: string, body: Readonly<Record<string, unknown>>) => string;
  body: BodyShape;
  /** Whether the owner may ask for the same once more, as a new operation, without anything being done twice. */
  repeatable: boolean;
  /** Whether this 2xx answer says that just this change was made. */
  confirms: (
    answer: Record<string, unknown>,
    target: string,
    body: Readonly<Record<string, unknown>>,
  ) => boolean;
  /** What a check reads beside the server itself. */
  part?: ServerPart;
  /** By field of the registry's answers: what a check of the server finds once the change was made. */
  expects?: (body: Record<string, unknown>) => Record<string, unknown>;
  /** What a check of the server tells about an unclear outcome; undefined where it tells nothing. */
  judge: (entry: JudgedEntry, check: Check) => Settlement | undefined;
  answer: AnswerShape;
  words: {
    /** What did not happen. */
    notDone: (target: string) => string;
    /** What is open. */
    open: (target: string) => string;
    /** What stays open, where no check can tell. */
    inconclusive: (target: string) => string;
    /** Where another server has the name by now and nothing was sent. */
    another: string;
  };
}
