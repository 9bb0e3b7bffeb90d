import { registryPaths } from '#contract/api-paths.ts';
import { parseQualifiedName } from '#contract/qualified-name.ts';
import type { RegistryCalls } from './registry-calls.ts';
import { isRecord, parseJson } from './response-parsing.ts';

/**
 * What the registry shows under a name.
 *
 * - `absent`: it says there is none.
 * - `present`: there is one; `id` where the list has it.
 * - `denied`: the key may not look.
 * - `unclear`: no trustworthy answer.
 */
export type ServerLook =
  | { seen: 'absent' }
  | { seen: 'present'; id: string | null }
  | { seen: 'denied' }
  | { seen: 'unclear' };

/** Looks at a server and its identity, without ever changing it; `totalMs` limits each call. Never rejects. */
export async function lookAtServer(
  calls: RegistryCalls,
  target: string,
  apiKey: string,
  totalMs?: number,
): Promise<ServerLook> {
  const outcome = await calls.send({ method: 'GET', path: registryPaths.server(target), apiKey, totalMs });
  if (outcome.kind !== 'answered') return { seen: 'unclear' };
  if (outcome.status === 404) return isErrorBody(outcome.body) ? { seen: 'absent' } : { seen: 'unclear' };
  if (outcome.status === 401 || outcome.status === 403) return { seen: 'denied' };
  if (outcome.status !== 200 || !isRecord(parseJson(outcome.body))) return { seen: 'unclear' };
  return { seen: 'present', id: await findServerId(calls, target, apiKey, totalMs) };
}

/**
 * The registry's id of this server, which a new server of the same name does not have. Only the list gives it.
 * Null where it cannot be seen, within `totalMs`. Never rejects.
 */
export async function findServerId(
  calls: RegistryCalls,
  target: string,
  apiKey: string,
  totalMs?: number,
): Promise<string | null> {
  const query = new URLSearchParams({ qualifiedName: target });
  const namespace = parseQualifiedName(target)?.namespace;
  if (namespace !== undefined) query.set('namespace', namespace);
  const outcome = await calls.send({ method: 'GET', path: registryPaths.servers(), query, apiKey, totalMs });
  if (outcome.kind !== 'answered' || outcome.status !== 200) return null;
  const json = parseJson(outcome.body);
  const servers: unknown = isRecord(json) ? json['servers'] : undefined;
  if (!Array.isArray(servers)) return null;
  // The filter is the registry's; whether it kept to it is checked here.
  const entry: unknown = servers.find(
    (server: unknown) => isRecord(server) && server['qualifiedName'] === target,
  );
  const id = isRecord(entry) ? entry['id'] : undefined;
  return typeof id === 'string' ? id : null;
}

// A proxy's 404 page says nothing about the server; the registry's own 404 is JSON.
function isErrorBody(body: Uint8Array): boolean {
  const json = parseJson(body);
  return isRecord(json) && typeof json['error'] === 'string';
}
