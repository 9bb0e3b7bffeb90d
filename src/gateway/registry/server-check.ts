import { MOVED_TO_HEADER, registryPaths } from '#contract/api-paths.ts';
import {
  formatQualifiedName,
  parseQualifiedName,
  parseQualifiedNameSegment,
} from '#contract/qualified-name.ts';
import type { RegistryCalls } from './registry-calls.ts';
import { isRecord, parseJson } from './response-parsing.ts';
import { findListEntry, type Asking } from './server-list-entry.ts';
import { findServerById, readNamespaceNames, type Whereabouts } from './server-search-by-id.ts';

/**
 * What the registry shows under a name, and where it shows the server that was meant.
 *
 * - `absent`: it says there is none; `movedTo` where it says that one of that name has another name now.
 * - `present`: there is one; `id` where the list has it, `fields` as its own answer and the list have them.
 * - `denied`: the key may not see it.
 * - `unclear`: no trustworthy answer.
 */
export type ServerCheck =
  | { seen: 'absent'; movedTo: string | null; meant: Whereabouts }
  | {
      seen: 'present';
      id: string | null;
      fields: Readonly<Record<string, unknown>>;
      meant: Whereabouts;
      /** Whether the name lies in none of this key's namespaces; false also where that is not known or not asked. */
      isForeign: boolean;
    }
  | { seen: 'denied' }
  | { seen: 'unclear' };

/** What a check reads beside the server itself. */
export interface ServerPart {
  /** The registry's path, built from the parsed name. */
  path: (target: string) => string;
  /** What the answer adds to the server's fields, under names of its own; nothing where it cannot be understood. */
  fields: (answer: unknown) => Readonly<Record<string, unknown>>;
}

/** What to check. */
interface Question extends Asking {
  target: string;
  /** The registry's id of the server that was meant, which is searched for where the name does not have it. */
  id: string | null;
  part?: ServerPart | undefined;
  /** Whether to find out, of a server that is there, whether the name is this key's. */
  asksWhose?: boolean;
}

/** Checks a server and its identity, without ever changing it; `totalMs` limits each call. Never rejects. */
export async function checkServer(calls: RegistryCalls, question: Question): Promise<ServerCheck> {
  const { target, id, apiKey, totalMs, asksWhose = false } = question;
  const path = registryPaths.server(target);
  const outcome = await calls.send({ method: 'GET', path, apiKey, totalMs });
  if (outcome.kind !== 'answered') return { seen: 'unclear' };
  if (outcome.status === 404) {
    if (!isErrorBody(outcome.body)) return { seen: 'unclear' };
    return checkAbsent(calls, question, movedName(outcome.headers, target));
  }
  if (outcome.status === 401 || outcome.status === 403) return { seen: 'denied' };
  const details = parseJson(outcome.body);
  if (outcome.status !== 200 || !isRecord(details)) return { seen: 'unclear' };
  const [entry, more] = await Promise.all([
    findListEntry(calls, target, question),
    readPart(calls, question),
  ]);
  const isSame = entry !== undefined && id !== null && entry.id === id;
  return {
    seen: 'present',
    id: entry?.id ?? null,
    fields: { ...entry?.fields, ...details, ...more },
    meant: isSame ? { at: 'name', ...entry } : await findServerById(calls, id, question),
    isForeign: asksWhose && (await isForeign(calls, question)),
  };
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
  return (await findListEntry(calls, target, { apiKey, totalMs }))?.id ?? null;
}

async function readPart(
  calls: RegistryCalls,
  { target, part, apiKey, totalMs }: Question,
): Promise<Readonly<Record<string, unknown>>> {
  if (part === undefined) return {};
  const outcome = await calls.send({ method: 'GET', path: part.path(target), apiKey, totalMs });
  return outcome.kind === 'answered' && outcome.status === 200 ? part.fields(parseJson(outcome.body)) : {};
}

async function checkAbsent(
  calls: RegistryCalls,
  question: Question,
  movedTo: string | null,
): Promise<ServerCheck> {
  const { target, id } = question;
  const meant = await findServerById(calls, id, question);
  if (meant.at === 'name') return { seen: 'absent', movedTo, meant };
  // A registry that still lists it has not lost it, whatever its page says.
  const atName = await findListEntry(calls, target, question);
  if (atName !== undefined) return { seen: 'unclear' };
  if (movedTo === null || id === null) return { seen: 'absent', movedTo, meant };
  // Whether the registry speaks of the server that was meant, or of a later one of that name.
  const moved = await findListEntry(calls, movedTo, question);
  if (moved?.id === id) return { seen: 'absent', movedTo, meant: { at: 'name', ...moved } };
  return { seen: 'absent', movedTo: typeof moved?.id === 'string' ? null : movedTo, meant };
}

async function isForeign(calls: RegistryCalls, question: Question): Promise<boolean> {
  const namespaces = await readNamespaceNames(calls, question);
  const namespace = parseQualifiedName(question.target)?.namespace;
  return namespaces !== undefined && namespace !== undefined && !namespaces.includes(namespace);
}

/** The new name as the registry says it; null where it says none, or one that cannot be. */
function movedName(headers: Headers, target: string): string | null {
  const name = parseQualifiedNameSegment(headers.get(MOVED_TO_HEADER) ?? '');
  const moved = name === undefined ? null : formatQualifiedName(name);
  return moved === target ? null : moved;
}

// A proxy's 404 page says nothing about the server; the registry's own 404 is JSON.
function isErrorBody(body: Uint8Array): boolean {
  const json = parseJson(body);
  return isRecord(json) && typeof json['error'] === 'string';
}
