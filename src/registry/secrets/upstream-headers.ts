import type { Kysely, Selectable } from 'kysely';
import type { SecretRow } from '#database/registry-tables.ts';
import type { Database } from '#database/schema.ts';
import type { Vault } from '#platform/sealing.ts';
import { headerValue } from '#registry/http/header-fields.ts';
import { wrongField } from '#registry/http/registry-error.ts';
import { fillTemplate, secretsIn, type HeaderTemplates } from './header-templates.ts';
import { placeOf } from './secret-store.ts';

/** Headers that the registry adds to what it sends to a server. */
export interface UpstreamHeaders {
  headers: Readonly<Record<string, string>>;
  /** The values of the secrets in them, for who must not show them. */
  secrets: readonly string[];
}

/** Why the headers cannot be made. It names secrets, so it is for their owner alone. */
export class SecretProblem extends Error {
  override name = 'SecretProblem';
  /** What to do about it, in a sentence. */
  readonly advice: string;

  constructor(message: string, advice: string) {
    super(message);
    this.advice = advice;
  }
}

interface Wanted {
  serverRid: number;
  /** Where they are sent; its origin alone counts. */
  upstreamUrl: string;
  templates: HeaderTemplates;
}

type Secret = Pick<Selectable<SecretRow>, 'name' | 'sealed' | 'lost_at' | 'origin'>;

/**
 * The headers for a release. Its secrets belong to the origin of its address from then on, whatever becomes of it.
 * Throws SecretProblem, having bound none, where one is not set or belongs to another origin.
 */
export async function bindUpstreamHeaders(
  db: Kysely<Database>,
  vault: Vault,
  wanted: Wanted,
): Promise<UpstreamHeaders> {
  const { serverRid, upstreamUrl, templates } = wanted;
  const names = namesIn(templates);
  if (names.length === 0) return { headers: templates, secrets: [] };
  const { origin } = new URL(upstreamUrl);
  return db.transaction().execute(async (trx) => {
    const { id } = await trx
      .selectFrom('servers')
      .select('id')
      .where('rid', '=', serverRid)
      .executeTakeFirstOrThrow();
    // At once with the reading: a value that is set meanwhile is for an origin that is not known yet.
    const secrets = await trx
      .updateTable('secrets')
      .set((eb) => ({ origin: eb.fn.coalesce('origin', eb.val(origin)) }))
      .where('server_rid', '=', serverRid)
      .where('name', 'in', names)
      .returning(['name', 'sealed', 'lost_at', 'origin'])
      .execute();
    return fill({ ...wanted, serverId: id }, secrets, vault);
  });
}

/** The headers for a call of a server that was released with them. Throws SecretProblem, as for a release. */
export async function findUpstreamHeaders(
  db: Kysely<Database>,
  vault: Vault,
  wanted: Wanted & { serverId: string },
): Promise<UpstreamHeaders> {
  const names = namesIn(wanted.templates);
  if (names.length === 0) return { headers: wanted.templates, secrets: [] };
  const secrets = await db
    .selectFrom('secrets')
    .select(['name', 'sealed', 'lost_at', 'origin'])
    .where('server_rid', '=', wanted.serverRid)
    .where('name', 'in', names)
    .execute();
  return fill(wanted, secrets, vault);
}

/** Throws a 400 that names the first header, and in it the first secret, that has no value. */
export async function requireSecrets(
  db: Kysely<Database>,
  serverRid: number,
  templates: HeaderTemplates,
): Promise<void> {
  const names = namesIn(templates);
  if (names.length === 0) return;
  const set = await db
    .selectFrom('secrets')
    .select('name')
    .where('server_rid', '=', serverRid)
    .where('name', 'in', names)
    .where('sealed', 'is not', null)
    .execute();
  const known = new Set(set.map(({ name }) => name));
  for (const [header, template] of Object.entries(templates)) {
    const missing = secretsIn(template).find((name) => !known.has(name));
    if (missing === undefined) continue;
    const text = `the secret ${missing} has no value: set it among the secrets of this server, then release again`;
    throw wrongField(`payload.upstreamHeaders.${header}`, text);
  }
}

function namesIn(templates: HeaderTemplates): string[] {
  return [...new Set(Object.values(templates).flatMap(secretsIn))];
}

function fill(
  { templates, upstreamUrl, serverId }: Wanted & { serverId: string },
  secrets: readonly Secret[],
  vault: Vault,
): UpstreamHeaders {
  const { origin } = new URL(upstreamUrl);
  const values = new Map<string, string>();
  for (const name of namesIn(templates)) {
    const secret = secrets.find((candidate) => candidate.name === name);
    values.set(name, openSecret(name, secret, { origin, serverId, vault }));
  }
  const headers: Record<string, string> = {};
  for (const [header, template] of Object.entries(templates)) {
    const value = fillTemplate(template, (name) => values.get(name) ?? '');
    if (!headerValue.safeParse(value).success) {
      throw new SecretProblem(
        `The header ${header} cannot hold the value of ${secretsIn(template).join(' and ')}: it has a line break or another character that no header may have, or is too long.`,
        'Set it again.',
      );
    }
    headers[header] = value;
  }
  return { headers, secrets: [...values.values()] };
}

function openSecret(
  name: string,
  secret: Secret | undefined,
  { origin, serverId, vault }: { origin: string; serverId: string; vault: Vault },
): string {
  if (secret === undefined || (secret.sealed === null && secret.lost_at === null)) {
    throw new SecretProblem(
      `The secret ${name} is not set.`,
      `Set ${name} among the secrets of this server.`,
    );
  }
  const value = secret.sealed === null ? undefined : vault.open(secret.sealed, placeOf(serverId, name));
  if (value === undefined) {
    throw new SecretProblem(`The value of the secret ${name} is lost.`, `Set ${name} again.`);
  }
  if (secret.origin !== null && secret.origin !== origin) {
    throw new SecretProblem(
      `The secret ${name} was set for ${secret.origin}, and the server is at ${origin}: it was not sent there.`,
      `Set the value of ${name} again, if ${origin} may have it.`,
    );
  }
  return value;
}
