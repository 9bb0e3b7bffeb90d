import { registryPaths } from '#contract/api-paths.ts';
import { parseQualifiedName } from '#contract/qualified-name.ts';
import type { RegistryCalls } from './registry-calls.ts';
import { isRecord, parseJson } from './response-parsing.ts';

/**
 * What the registry shows under a name.
 *
 * - `absent`: it says there is none.
 * - `present`: there is one; `id` where the list has it, `fields` as its own answer and the list have them.
 * - `denied`: the key may not see it.
 * - `unclear`: no trustworthy answer.
 */
export type ServerCheck =
  | { seen: 'absent' }
  | { seen: 'present'; id: string | null; fields: Readonly<Record<string, unknown>> }
  | { seen: 'denied' }
  | { seen: 'unclear' };

/** Checks a server and its identity, without ever changing it; `totalMs` limits each call. Never rejects. */
export async function checkServer(
  calls: RegistryCalls,
  target: string,
  apiKey: string,
  totalMs?: number,
): Promise<ServerCheck> {
  const outcome = await calls.send({ method: 'GET', path: registryPaths.server(target), apiKey, totalMs });
  if (outcome.kind !== 'answered') return { seen: 'unclear' };
  if (outcome.status === 404) {
    if (!isErrorBody(outcome.body)) return { seen: 'unclear' };
    // A registry that still lists it has not lost it, whatever its page says.
    const stillListed = await findListEntry(calls, target, apiKey, totalMs);
    return { seen: stillListed === undefined ? 'absent' : 'unclear' };
  }
  if (outcome.status === 401 || outcome.status === 403) return { seen: 'denied' };
  const details = parseJson(outcome.body);
  if (outcome.status !== 200 || !isRecord(details)) return { seen: 'unclear' };
  const entry = await findListEntry(calls, target, apiKey, totalMs);
  return { seen: 'present', id: idOf(entry), fields: { ...entry, ...details } };
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
  return idOf(await findListEntry(calls, target, apiKey, totalMs));
}

async function findListEntry(
  calls: RegistryCalls,
  target: string,
  apiKey: string,
  totalMs?: number,
): Promise<Record<string, unknown> | undefined> {
  const query = new URLSearchParams({ qualifiedName: target });
  const namespace = parseQualifiedName(target)?.namespace;
  if (namespace !== undefined) query.set('namespace', namespace);
  const outcome = await calls.send({ method: 'GET', path: registryPaths.servers(), query, apiKey, totalMs });
  if (outcome.kind !== 'answered' || outcome.status !== 200) return undefined;
  const json = parseJson(outcome.body);
  const servers: unknown = isRecord(json) ? json['servers'] : undefined;
  if (!Array.isArray(servers)) return undefined;
  // The filter is the registry's; whether it kept to it is checked here.
  return servers
    .filter((server: unknown) => isRecord(server))
    .find((server) => server['qualifiedName'] === target);
}

function idOf(entry: Record<string, unknown> | undefined): string | null {
  const id = entry?.['id'];
  return typeof id === 'string' ? id : null;
}

// A proxy's 404 page says nothing about the server; the registry's own 404 is JSON.
function isErrorBody(body: Uint8Array): boolean {
  const json = parseJson(body);
  return isRecord(json) && typeof json['error'] === 'string';
}
