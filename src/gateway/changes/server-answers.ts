import type { ServerChangeAnswer } from '#contract/operations.ts';
import { formatQualifiedName, parseQualifiedName } from '#contract/qualified-name.ts';
import type { OperationRow } from '#database/gateway-tables.ts';

/** Whether the registry's answer to a change of a server says that it succeeded and names just this server. */
export function namesServer(answer: Record<string, unknown>, target: string): boolean {
  const { success, namespace, server } = answer;
  return (
    success === true &&
    typeof namespace === 'string' &&
    typeof server === 'string' &&
    formatQualifiedName({ namespace, server }) === target
  );
}

/** The same answer, as the registry gives it, made from the ledger's entry. */
export function serverAnswer({ target }: OperationRow): Omit<ServerChangeAnswer, 'operation'> {
  const { namespace = '', server = '' } = parseQualifiedName(target) ?? {};
  return { success: true, namespace, server };
}
