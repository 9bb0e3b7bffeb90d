import { randomUUID } from 'node:crypto';
import type { Kysely } from 'kysely';
import { listProcesses } from '#database/processes.ts';
import type { Database } from '#database/schema.ts';
import { createSignInCodes } from '#gateway/sessions/sign-in-codes.ts';
import { endKey, listKeys, mintKey } from '#registry/access/key-store.ts';
import { addOrganization, changeMember, listOrganizations } from '#registry/people/organization-store.ts';
import {
  addUser,
  disableOwner,
  findEnabledOwner,
  findOwner,
  listUsers,
  PeopleError,
  setAdmin,
} from '#registry/people/people-store.ts';
import { countServers, findQuotas, setQuotas, sumBundles } from '#registry/quotas/quota-store.ts';
import { signInLink } from './desk-addresses.ts';
import type { PeopleCommand } from './config.ts';
import type { PeopleRequest } from './command-arguments.ts';
import * as words from './people-text.ts';
import type { Answer } from './people-text.ts';
import { openUsedData, reasonOf } from './reachable-database.ts';

/**
 * Does what is asked about users, keys and organizations, beside a running desk, and returns what to print. Throws
 * PeopleError where it is refused, ConfigError where there is no data to do it on.
 */
export async function runPeopleCommand(command: PeopleCommand, now: Date): Promise<string> {
  const { db } = await openUsedData(command);
  try {
    const { json, text } = await answer(db, command.request, now);
    return command.json ? `${JSON.stringify(json)}\n` : text;
  } catch (error) {
    if (error instanceof PeopleError) throw error;
    throw new PeopleError(`That failed (${reasonOf(error)}). See whether it was done, and try again.`, {
      cause: error,
    });
  } finally {
    await db.destroy();
  }
}

async function answer(db: Kysely<Database>, request: PeopleRequest, now: Date): Promise<Answer> {
  switch (request.name) {
    case 'sign-in-link':
      return words.signInLink(await makeSignInLink(db, now));
    case 'user add':
      return words.userAdded(await addUser(db, { id: randomUUID(), name: request.user, now }));
    case 'user list':
      return words.userList(await listUsers(db, now));
    case 'user disable':
      return words.ownerDisabled(await disableOwner(db, { name: request.user, now }));
    case 'user admin':
      return words.adminSet(await setAdmin(db, { name: request.user, isAdmin: request.isAdmin, now }));
    case 'user quota':
      return changeQuotas(db, request, now);
    case 'key create':
      return createKey(db, request, now);
    case 'key list':
      return words.keyList(
        await listKeys(db, request.user === null ? undefined : (await findOwner(db, request.user)).id),
        now,
      );
    case 'key revoke':
      return revokeKey(db, request.id, now);
    case 'org add':
      return words.organizationAdded(
        await addOrganization(db, {
          id: randomUUID(),
          name: request.organization,
          admin: request.admin,
          now,
        }),
      );
    case 'org list':
      return words.organizationList(await listOrganizations(db));
    case 'org member':
      break;
  }
  return words.memberChanged(await changeMember(db, { ...request, now }), request);
}

async function makeSignInLink(db: Kysely<Database>, now: Date): Promise<string> {
  const running = await listProcesses(db);
  const desk = running.findLast(({ registry }) => registry === 'embedded');
  if (desk !== undefined) return signInLink(desk.url, await createSignInCodes(db, () => now).create());
  throw new PeopleError(
    running.length === 0
      ? 'No desk runs on this data. Start touchmark: it prints a link.'
      : 'The desk on this data manages a registry elsewhere. Sign in there with an API key of that registry.',
  );
}

async function createKey(
  db: Kysely<Database>,
  { user, label, expiresMs }: Extract<PeopleRequest, { name: 'key create' }>,
  now: Date,
): Promise<Answer> {
  const owner = await findEnabledOwner(db, user);
  const id = randomUUID();
  const expiresAt = expiresMs === null ? null : new Date(now.getTime() + expiresMs);
  const key = await mintKey(db, { id, userId: owner.id, label, expiresAt, now });
  const made = {
    id,
    user,
    label,
    userId: owner.id,
    created_at: now.toISOString(),
    expires_at: expiresAt?.toISOString() ?? null,
    last_used_at: null,
  };
  return words.keyCreated(made, key);
}

async function changeQuotas(
  db: Kysely<Database>,
  { user, changes }: Extract<PeopleRequest, { name: 'user quota' }>,
  now: Date,
): Promise<Answer> {
  const { id: ownerId, name } = await findOwner(db, user);
  await setQuotas(db, { ownerId, changes, now });
  const used = { servers: await countServers(db, ownerId), bundleBytes: await sumBundles(db, ownerId) };
  return words.quotaList({ name, quotas: await findQuotas(db, ownerId), used });
}

async function revokeKey(db: Kysely<Database>, id: string, now: Date): Promise<Answer> {
  const ended = await endKey(db, { id, now });
  if (ended === undefined)
    throw new PeopleError(`There is no key ${JSON.stringify(id)}. See: touchmark key list`);
  return words.keyRevoked(ended);
}
