import {
  actionOfOperation,
  OWN_KEY,
  OTHER_KEYS,
  type ActivityFilter,
  type OutcomeFilter,
} from '#contract/activity.ts';
import type { OperationAction, OperationState } from '#contract/operations.ts';
import type { Viewer } from '#gateway/http/gateway-env.ts';
import type { OperationFilter } from '#gateway/operations/operation-store.ts';

const states: Readonly<Record<OutcomeFilter, readonly OperationState[]>> = {
  applied: ['applied'],
  // Of releases, which the registry alone writes down.
  succeeded: [],
  failed: [],
  waiting: [],
  refused: ['refused'],
  unclear: ['sending', 'unknown', 'inconclusive'],
};

/** The same filter for the ledger; null where nothing in it can match. */
export function ledgerFilter(
  { person, action, server, outcome, from, to, q }: ActivityFilter & { outcome?: OutcomeFilter | undefined },
  { actor }: Viewer,
): OperationFilter | null {
  const among = outcome === undefined ? undefined : states[outcome];
  const operation = action === undefined ? undefined : operationOf(action);
  if (among?.length === 0 || operation === null) return null;
  return {
    states: among,
    action: operation,
    target: server,
    from,
    to,
    words: wordsOf(q ?? '').map((word) => ({ word, actions: actionsNamed(word) })),
    ...(person === OWN_KEY ? { actor } : person === OTHER_KEYS ? { notActor: actor } : { user: person }),
  };
}

const named = Object.entries(actionOfOperation) as [OperationAction, string][];

function operationOf(action: string): OperationAction | null {
  return named.find(([, name]) => name === action)?.[0] ?? null;
}

function wordsOf(text: string): string[] {
  return text.toLowerCase().split(/\s+/).filter(Boolean);
}

// The ledger has names of its own for them, which nobody is shown.
function actionsNamed(text: string): OperationAction[] {
  return named.filter(([, name]) => name.includes(text)).map(([action]) => action);
}
