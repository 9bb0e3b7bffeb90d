import type { ServerChangeAnswer } from '#contract/operations.ts';
import { parseQualifiedName } from '#contract/qualified-name.ts';
import type { OperationRow } from '#database/gateway-tables.ts';

/** Whether the registry's answer to a change of a server says that it succeeded and names just this server. */
export function namesServer(answer: Record<string, unknown>, target: string): boolean {
  // By its parts: joined, the namespace of one server can read as the whole name of another.
  const wanted = parseQualifiedName(target);
  return (
    answer['success'] === true &&
    wanted !== undefined &&
    answer['namespace'] === wanted.namespace &&
    answer['server'] === wanted.server
  );
}

/** The same answer, as the registry gives it, made from the ledger's entry. */
export function serverAnswer({ target }: OperationRow): Omit<ServerChangeAnswer, 'operation'> {
  const { namespace = '', server = '' } = parseQualifiedName(target) ?? {};
  return { success: true, namespace, server };
}
