import type { CallSource } from '#contract/call-source.ts';
import type { Identity } from '#contract/identity.ts';
import { parseQualifiedName } from '#contract/qualified-name.ts';
import type { OperationRow } from '#database/gateway-tables.ts';
import type { OwnedNamespace } from '#gateway/http/gateway-env.ts';
import { cleanText } from '#platform/clean-text.ts';
import type { Vault } from '#platform/sealing.ts';
import type { ChangeBody } from './change-body.ts';
import type { ChangeKind } from './change-kind.ts';
import type { UploadFacts } from './upload.ts';

/** One change as the owner confirmed it. */
export interface ChangeRequest {
  kind: ChangeKind;
  /** The operation id, a UUID in lower case. */
  id: string;
  /** The qualified name. */
  target: string;
  /** The registry's id of the server that the owner was looking at, where the page knew it. */
  seenId: string | null;
  body: ChangeBody;
  apiKey: string;
  actor: string;
  /** What the key has. */
  namespaces: readonly OwnedNamespace[];
  requestId: string;
  userAgent: string | null;
  /** From where it was asked for. */
  source: CallSource;
  /** Whose key it is, as far as the registry tells. */
  by: Pick<Identity, 'user' | 'keyLabel'>;
}

/** What tells one change from another; null for a body that there is not, or that is not known yet. */
export type ChangeIdentity = Pick<OperationRow, 'action' | 'target' | 'actor' | 'body_print'>;

/** Whether two are the same change, as far as their bodies are known. */
export function isSameChange(a: ChangeIdentity, b: ChangeIdentity): boolean {
  return (
    a.action === b.action &&
    a.target === b.target &&
    a.actor === b.actor &&
    (a.body_print === null || b.body_print === null || a.body_print === b.body_print)
  );
}

/** How a change is first written down. */
export interface ChangeEntries {
  /** It will be sent. `seenId` is what the registry has under the name, `expected` what a check is to find. */
  intent(request: ChangeRequest, seen: { id: string | null; expected: string | null }): OperationRow;
  /** It will not be sent: another server has the name. */
  stopped(request: ChangeRequest): OperationRow;
  /** What an upload turned out to be. */
  uploadColumns(facts: UploadFacts): Pick<OperationRow, 'body_print' | 'file_name' | 'file_bytes'>;
  /** What tells one change from another. */
  identityOf(request: ChangeRequest): ChangeIdentity;
  /** The key that an entry was written with, where it is still kept and opens. */
  apiKeyOf(entry: OperationRow): string | undefined;
}

interface Options {
  vault: Vault;
  /** The registry's URL, or `embedded`. */
  registry: string;
  /** The id of this process, which answers for what it writes. */
  processId: string;
  now: () => Date;
}

export function createChangeEntries({ vault, registry, processId, now }: Options): ChangeEntries {
  const common = ({
    id,
    kind,
    target,
    actor,
    namespaces,
    body,
    requestId,
    userAgent,
    by,
  }: ChangeRequest) => ({
    id,
    registry,
    action: kind.action,
    target,
    namespace: namespaceOf(target),
    by_owner: namespaces.some(({ name }) => name === namespaceOf(target)) ? 1 : 0,
    actor,
    status: null,
    retry_after: null,
    request_id: requestId,
    user_agent: userAgent,
    created_at: now().toISOString(),
    checked_at: null,
    body_print: printOf(body),
    file_name: null,
    file_bytes: null,
    answer: null,
    field: null,
    actor_user: by.user,
    actor_key_label: by.keyLabel,
  });

  /** Null where there is no body, or where nobody can know it yet. */
  function printOf(body: ChangeBody): string | null {
    if ('value' in body) return vault.print(JSON.stringify(body.value));
    const facts = body.form === 'upload' ? body.upload.facts() : undefined;
    return facts === undefined ? null : vault.print(facts.digest);
  }

  return {
    intent: (request, { id: currentId, expected }) => ({
      ...common(request),
      target_id: currentId ?? request.seenId,
      key_sealed: vault.seal(request.apiKey, placeOf(request.id)),
      state: 'sending',
      finding: null,
      message: null,
      settled_at: null,
      expected,
      process_id: processId,
    }),
    stopped: (request) => ({
      ...common(request),
      target_id: request.seenId,
      key_sealed: null,
      state: 'refused',
      finding: 'recreated',
      message: request.kind.words.another,
      settled_at: now().toISOString(),
      expected: null,
      process_id: null,
    }),
    uploadColumns: ({ digest, fileName, fileBytes }) => ({
      body_print: vault.print(digest),
      file_name: fileName === null ? null : cleanText(fileName),
      file_bytes: fileBytes,
    }),
    identityOf: ({ kind, target, actor, body }) => ({
      action: kind.action,
      target,
      actor,
      body_print: printOf(body),
    }),
    apiKeyOf: ({ id, key_sealed }) => (key_sealed === null ? undefined : vault.open(key_sealed, placeOf(id))),
  };
}

function namespaceOf(target: string): string {
  return parseQualifiedName(target)?.namespace ?? target;
}

// A sealed key moved to another entry must not open there.
function placeOf(id: string): string {
  return `operation ${id}`;
}
