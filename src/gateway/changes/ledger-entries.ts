import { parseQualifiedName } from '#contract/qualified-name.ts';
import type { OperationRow } from '#database/gateway-tables.ts';
import type { Vault } from '#platform/sealing.ts';

/** One delete as the owner confirmed it. */
export interface DeleteRequest {
  /** The operation id, a UUID in lower case. */
  id: string;
  /** The qualified name. */
  target: string;
  /** The registry's id of the server that the owner was looking at, where the page knew it. */
  seenId: string | null;
  apiKey: string;
  actor: string;
  requestId: string;
  userAgent: string | null;
}

/** How a delete is first written down. */
export interface LedgerEntries {
  /** It will be sent; `currentId` is what the registry's list has under the name just now. */
  intent(request: DeleteRequest, currentId: string | null): OperationRow;
  /** It will not be sent: another server has the name. */
  refused(request: DeleteRequest): OperationRow;
  /** The key that an entry was written with, where it is still kept and opens. */
  apiKeyOf(row: OperationRow): string | undefined;
}

interface Options {
  vault: Vault;
  /** The registry's URL, or `embedded`. */
  registry: string;
  now: () => Date;
}

export function createLedgerEntries({ vault, registry, now }: Options): LedgerEntries {
  const common = ({ id, target, actor, requestId, userAgent }: DeleteRequest) => ({
    id,
    registry,
    action: 'delete-server' as const,
    target,
    namespace: parseQualifiedName(target)?.namespace ?? target,
    actor,
    status: null,
    retry_after: null,
    request_id: requestId,
    user_agent: userAgent,
    created_at: now().toISOString(),
    checked_at: null,
  });
  return {
    intent: (request, currentId) => ({
      ...common(request),
      target_id: currentId ?? request.seenId,
      key_sealed: vault.seal(request.apiKey, placeOf(request.id)),
      state: 'sending',
      finding: null,
      message: null,
      settled_at: null,
    }),
    refused: (request) => ({
      ...common(request),
      target_id: request.seenId,
      key_sealed: null,
      state: 'refused',
      finding: 'recreated',
      message: 'Another server has this name now. Nothing was sent; look at it before you delete it.',
      settled_at: now().toISOString(),
    }),
    apiKeyOf: ({ id, key_sealed }) => (key_sealed === null ? undefined : vault.open(key_sealed, placeOf(id))),
  };
}

// A sealed key moved to another entry must not open there.
function placeOf(id: string): string {
  return `operation ${id}`;
}
