import { registryPaths } from '#contract/api-paths.ts';
import { parseQualifiedName } from '#contract/qualified-name.ts';
import type { RegistryCalls } from './registry-calls.ts';
import { isRecord, parseJson } from './response-parsing.ts';

/** With which key a check asks, and how long each of its calls may take, in milliseconds. */
export interface Asking {
  apiKey: string;
  totalMs?: number | undefined;
}

/** A server as a list has it: only the list gives its id, which a new server of the same name does not have. */
export interface ListEntry {
  qualifiedName: string;
  /** Null where the list has none. */
  id: string | null;
  fields: Readonly<Record<string, unknown>>;
}

/**
 * What a list answered.
 *
 * - `told`: its entries, as far as they can be read.
 * - `refused`: it does not take the question.
 * - `unclear`: no trustworthy answer this time.
 */
export type ListAnswer = { kind: 'told'; entries: ListEntry[] } | { kind: 'refused' | 'unclear' };

/** Asks the registry's list of servers. Never rejects. */
export async function askList(
  calls: RegistryCalls,
  filters: Readonly<Record<string, string>>,
  { apiKey, totalMs }: Asking,
): Promise<ListAnswer> {
  const query = new URLSearchParams(filters);
  const outcome = await calls.send({ method: 'GET', path: registryPaths.servers(), query, apiKey, totalMs });
  if (outcome.kind !== 'answered') return { kind: 'unclear' };
  if (isRefusalOfTheQuestion(outcome.status)) return { kind: 'refused' };
  const json = outcome.status === 200 ? parseJson(outcome.body) : undefined;
  const servers: unknown = isRecord(json) ? json['servers'] : undefined;
  if (!Array.isArray(servers)) return { kind: 'unclear' };
  return { kind: 'told', entries: servers.flatMap(entryOf) };
}

/** The list's entry of the server of this name; undefined where it is not seen. Never rejects. */
export async function findListEntry(
  calls: RegistryCalls,
  qualifiedName: string,
  asking: Asking,
): Promise<ListEntry | undefined> {
  const namespace = parseQualifiedName(qualifiedName)?.namespace;
  const filters = { qualifiedName, ...(namespace === undefined ? {} : { namespace }) };
  const answer = await askList(calls, filters, asking);
  // The filter is the registry's; whether it kept to it is checked here.
  return answer.kind === 'told'
    ? answer.entries.find((entry) => entry.qualifiedName === qualifiedName)
    : undefined;
}

function entryOf(server: unknown): ListEntry[] {
  const { qualifiedName, id }: Record<string, unknown> = isRecord(server) ? server : {};
  if (!isRecord(server) || typeof qualifiedName !== 'string') return [];
  return [{ qualifiedName, id: typeof id === 'string' ? id : null, fields: server }];
}

// Asked the same way once more, it would say the same. All else may pass: too many requests, a key not known yet.
function isRefusalOfTheQuestion(status: number): boolean {
  return status === 400 || status === 404 || status === 405 || status === 422 || status === 501;
}
