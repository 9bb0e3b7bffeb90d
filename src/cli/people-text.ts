import type { ListedKey } from '#registry/access/key-store.ts';
import type { Organization } from '#registry/people/organization-store.ts';
import type { Quotas } from '#registry/quotas/quota-kinds.ts';
import type { Holdings, Owner } from '#registry/people/people-store.ts';

/** What a command about people answers: for programs and for people. */
export interface Answer {
  json: object;
  text: string;
}

/** The answer of `sign-in-link`. */
export function signInLink(link: string): Answer {
  return { json: { link }, text: `${link}\n` };
}

/** The answer of `user add`. */
export function userAdded({ id, name, created_at: createdAt }: Owner): Answer {
  return {
    json: { id, name, createdAt },
    text: `User ${name} is added (id ${id}). Make a key: touchmark key create ${name}\n`,
  };
}

/** The answer of `user list`. */
export function userList(users: readonly (Owner & Holdings)[]): Answer {
  return {
    json: {
      users: users.map((user) => ({
        id: user.id,
        name: user.name,
        createdAt: user.created_at,
        disabledAt: user.disabled_at,
        isAdmin: user.is_admin === 1,
        keys: user.keys,
        namespaces: user.namespaces,
      })),
    },
    text: alignedTable([
      ['NAME', 'KEYS', 'NAMESPACES', 'CREATED', 'DISABLED', 'ID'],
      ...users.map((user) => [
        user.name,
        String(user.keys),
        String(user.namespaces),
        user.created_at,
        user.disabled_at ?? '-',
        user.id,
      ]),
    ]),
  };
}

/** The answer of `user disable`. */
export function ownerDisabled({
  id,
  name,
  kind,
  disabled_at: disabledAt,
  keys,
  namespaces,
}: Owner & Holdings): Answer {
  const what = kind === 'user' ? 'User' : 'Organization';
  return {
    json: { id, name, disabledAt, endedKeys: keys, namespaces },
    text:
      `${what} ${name} is disabled. Ended: ${counted(keys, 'key')} and the service tokens made with them.\n` +
      `Left as they are: ${counted(namespaces, 'namespace')} and all that is in them.\n`,
  };
}

/** The answer of `user admin`. */
export function adminSet({ id, name, is_admin }: Owner): Answer {
  const isAdmin = is_admin === 1;
  return {
    json: { id, name, isAdmin },
    text: `User ${name} ${isAdmin ? 'is an administrator and sees what everybody did' : 'is no administrator'}.\n`,
  };
}

/** The answer of `user quota`. */
export function quotaList({
  name,
  quotas,
  used,
}: {
  name: string;
  quotas: Quotas;
  used: Pick<Quotas, 'servers' | 'bundleBytes'>;
}): Answer {
  const rows: [label: string, most: number, used: string][] = [
    ['servers', quotas.servers, String(used.servers)],
    ['bundle bytes', quotas.bundleBytes, String(used.bundleBytes)],
    ['releases kept of a server', quotas.releases, '-'],
    ['event streams at once', quotas.streams, '-'],
    ['requests a minute', quotas.requests, '-'],
  ];
  return {
    json: { name, quotas, used },
    text: alignedTable([
      ['QUOTA', 'AT MOST', 'USED'],
      ...rows.map(([label, most, each]) => [label, String(most), each]),
    ]),
  };
}

/** The answer of `key create`; the key is in no other answer. */
export function keyCreated(made: ListedKey, key: string): Answer {
  return {
    json: { ...keyJson(made), key },
    text:
      `${key}\n` +
      `This is the key of ${made.user}; it cannot be shown again. Its id is ${made.id}, it ` +
      `${made.expires_at === null ? 'does not expire' : `expires at ${made.expires_at}`}.\n`,
  };
}

/** The answer of `key list`. */
export function keyList(keys: readonly ListedKey[], now: Date): Answer {
  return {
    json: { keys: keys.map(keyJson) },
    text: alignedTable([
      ['ID', 'USER', 'LABEL', 'CREATED', 'EXPIRES', 'LAST USED'],
      ...keys.map((key) => [
        key.id,
        key.user,
        key.label,
        key.created_at,
        expiryText(key, now),
        key.last_used_at ?? '-',
      ]),
    ]),
  };
}

/** The answer of `key revoke`. */
export function keyRevoked(key: ListedKey): Answer {
  return {
    json: { ...keyJson(key), revoked: true },
    text: `The key "${key.label}" of ${key.user} is revoked, and the service tokens made with it.\n`,
  };
}

/** The answer of `org add`. */
export function organizationAdded(organization: Organization): Answer {
  return {
    json: organizationJson(organization),
    text: `Organization ${organization.name} is added (id ${organization.id}). ${adminText(organization)}\n`,
  };
}

/** The answer of `org list`. */
export function organizationList(organizations: readonly Organization[]): Answer {
  return {
    json: { organizations: organizations.map(organizationJson) },
    text: alignedTable([
      ['NAME', 'CREATED', 'DISABLED', 'ID', 'MEMBERS'],
      ...organizations.map((organization) => [
        organization.name,
        organization.created_at,
        organization.disabled_at ?? '-',
        organization.id,
        organization.members
          .map(({ user, role }) => (role === 'admin' ? `${user} (admin)` : user))
          .join(', ') || '-',
      ]),
    ]),
  };
}

/** The answer of `org member`. */
export function memberChanged(
  organization: Organization,
  { user, role }: { user: string; role: 'admin' | 'member' | null },
): Answer {
  const change = { admin: `is an admin of`, member: `is a member of` }[role ?? 'member'];
  return {
    json: organizationJson(organization),
    text: `${user} ${role === null ? 'is no longer in' : change} ${organization.name}. ${adminText(organization)}\n`,
  };
}

function keyJson(key: ListedKey) {
  const { id, user, label, created_at: createdAt, expires_at: expiresAt, last_used_at: lastUsedAt } = key;
  return { id, user, label, createdAt, expiresAt, lastUsedAt };
}

function organizationJson({
  id,
  name,
  created_at: createdAt,
  disabled_at: disabledAt,
  members,
}: Organization) {
  return { id, name, createdAt, disabledAt, members };
}

function adminText({ name, members }: Organization): string {
  const admins = members.filter(({ role }) => role === 'admin').map(({ user }) => user);
  return admins.length === 0
    ? `It has no admin: touchmark org member ${name} USER --role admin`
    : `Admins: ${admins.join(', ')}.`;
}

function expiryText({ expires_at: expiresAt }: ListedKey, now: Date): string {
  if (expiresAt === null) return 'never';
  return expiresAt <= now.toISOString() ? `${expiresAt} (expired)` : expiresAt;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** Each column as wide as its widest cell; the first row is the heading. */
function alignedTable(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ');
  return rows.map((row) => `${line(row).trimEnd()}\n`).join('');
}
