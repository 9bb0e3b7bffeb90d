import { AUDIT_ACTIONS, type ActivityEntry, type AuditAction, type AuditOrigin } from '#contract/activity.ts';
import { parseQualifiedName } from '#contract/qualified-name.ts';
import { ownEntry } from '#web/lib/own-entry.ts';
import type { Tone } from '#web/ui/badge.tsx';
import { operationOutcome, type OperationOutcome } from '#web/components/outcomes/operation-outcome.ts';

interface ActionWords {
  /** What is done, in the imperative. */
  verb: string;
  /** To what; empty where the verb says it all. */
  object: string;
  /** Between that and the name of what it was done to. */
  link: string;
  /** What it is once it is done. */
  done: string;
}

// The words for every action, in one table.
const actions: Readonly<Record<AuditAction, ActionWords>> = {
  'server.create': { verb: 'Create', object: 'server', link: '', done: 'Created' },
  'server.update': { verb: 'Update', object: 'server', link: '', done: 'Updated' },
  'server.delete': { verb: 'Delete', object: 'server', link: '', done: 'Deleted' },
  'server.transfer': { verb: 'Transfer', object: 'server', link: '', done: 'Transferred' },
  'release.publish': { verb: 'Publish', object: 'a release', link: 'of', done: 'Accepted' },
  'release.outcome': { verb: 'Release', object: '', link: 'of', done: 'Ended' },
  'release.resume': { verb: 'Resume', object: 'a release', link: 'of', done: 'Resumed' },
  'secret.set': { verb: 'Set', object: 'a secret', link: 'of', done: 'Set' },
  'secret.delete': { verb: 'Delete', object: 'a secret', link: 'of', done: 'Deleted' },
  'secret.lost': { verb: 'Give up', object: 'the secrets', link: 'of', done: 'Lost' },
  'domain.set': { verb: 'Set', object: 'a domain', link: 'of', done: 'Set' },
  'domain.delete': { verb: 'Delete', object: 'a domain', link: 'of', done: 'Deleted' },
  'icon.set': { verb: 'Set', object: 'the icon', link: 'of', done: 'Set' },
  'icon.delete': { verb: 'Delete', object: 'the icon', link: 'of', done: 'Deleted' },
  'namespace.create': { verb: 'Create', object: 'namespace', link: '', done: 'Created' },
  'namespace.delete': { verb: 'Delete', object: 'namespace', link: '', done: 'Deleted' },
  'skill.set': { verb: 'Set', object: 'skill', link: '', done: 'Set' },
  'skill.delete': { verb: 'Delete', object: 'skill', link: '', done: 'Deleted' },
  'token.create': { verb: 'Create', object: 'a service token', link: 'for', done: 'Created' },
  'key.create': { verb: 'Create', object: 'an API key', link: 'for', done: 'Created' },
  'key.delete': { verb: 'Delete', object: 'an API key', link: 'of', done: 'Deleted' },
  'member.add': { verb: 'Add', object: 'a member', link: 'to', done: 'Added' },
  'member.remove': { verb: 'Remove', object: 'a member', link: 'from', done: 'Removed' },
  'user.create': { verb: 'Create', object: 'user', link: '', done: 'Created' },
  'user.change': { verb: 'Change', object: 'user', link: '', done: 'Changed' },
  'organization.create': { verb: 'Create', object: 'organization', link: '', done: 'Created' },
  'client.allow': { verb: 'Allow', object: 'a client', link: 'to use', done: 'Allowed' },
  'client.end': { verb: 'End', object: 'the access of a client', link: 'to', done: 'Ended' },
  'session.start': { verb: 'Sign in', object: '', link: 'as', done: 'Signed in' },
  'session.end': { verb: 'Sign out', object: '', link: 'as', done: 'Signed out' },
  'session.refused': { verb: 'Sign in', object: '', link: 'as', done: 'Signed in' },
  'data.restore': { verb: 'Restore', object: 'a backup', link: 'of', done: 'Restored' },
};

/** What was asked for, without and before the name of what it was done to. An action that is not known is called by its own name. */
export function askedWords({ action, target }: Pick<ActivityEntry, 'action' | 'target'>): string {
  const words = ownEntry(actions, action);
  if (words === undefined) return action;
  const { verb, object, link } = words;
  // The name of a server says what it is.
  const kind = target !== null && action.startsWith('server.') ? '' : object;
  return [verb, kind, target === null ? '' : link].filter((word) => word !== '').join(' ');
}

/** Every action as a choice. A refused sign-in is told from another by its outcome. */
export const actionChoices: readonly { value: AuditAction; words: string }[] = AUDIT_ACTIONS.map(
  (action) => ({
    value: action,
    words: action === 'session.refused' ? 'Sign in, refused' : askedWords({ action, target: null }),
  }),
);

/** The server that it was done to, where it has a page; null for everything else. */
export function serverOf({ action, target }: Pick<ActivityEntry, 'action' | 'target'>): string | null {
  const isOfServer = /^(server|release|secret|domain|icon)\./.test(action);
  return isOfServer && target !== null && parseQualifiedName(target) !== undefined ? target : null;
}

/** What became of it, in words for a person. They may say less than is so, never more. */
export function activityOutcome(entry: ActivityEntry): OperationOutcome {
  // Of what the registry wrote down itself, it knows the outcome.
  if (entry.operation !== null && entry.id === entry.operation.id) return operationOutcome(entry.operation);
  const [word, tone]: readonly [string, Tone] =
    entry.outcome === 'applied'
      ? [ownEntry(actions, entry.action)?.done ?? 'Done', 'success']
      : (ownEntry(endings, entry.outcome) ?? ['Not known', 'warning']);
  // A release that went live says no more than that.
  return { word, tone, meaning: entry.note === null || entry.note === word ? undefined : entry.note };
}

// Of what the registry wrote down.
const endings: Readonly<Partial<Record<ActivityEntry['outcome'], readonly [word: string, tone: Tone]>>> = {
  succeeded: ['Live', 'success'],
  failed: ['Failed', 'danger'],
  waiting: ['Needs sign-in', 'warning'],
  refused: ['Refused', 'danger'],
};

const origins: Readonly<Record<AuditOrigin, string>> = {
  desk: 'Desk',
  cli: 'CLI',
  api: 'API',
  client: 'Connected client',
  command: 'Command',
  registry: 'Registry',
};

/** From where it came. */
export function originWords({ origin }: Pick<ActivityEntry, 'origin'>): string {
  return ownEntry(origins, origin) ?? origin;
}

interface PersonWords {
  name: string;
  /** Which of their keys; undefined where they had none. */
  key: string | undefined;
  /** True where the name is one of a user, of others' choosing. */
  isNamed: boolean;
}

/** Who did it, as far as that is known. */
export function personWords({ actor, isOwn }: Pick<ActivityEntry, 'actor' | 'isOwn'>): PersonWords {
  const { kind, user, keyLabel } = actor;
  if (kind === 'operator') return { name: user ?? 'The operator', key: undefined, isNamed: user !== null };
  if (kind === 'registry') return { name: 'The registry itself', key: undefined, isNamed: false };
  if (kind === 'stranger') return { name: user ?? 'A stranger', key: undefined, isNamed: user !== null };
  const label = keyLabel ?? (isOwn && user === null ? undefined : 'key label unknown');
  if (kind === 'key') {
    const nameless = isOwn ? 'This key' : 'Another key';
    return { name: user ?? nameless, key: label, isNamed: user !== null };
  }
  const what = kind === 'token' ? 'Service token' : 'Connected client';
  return {
    name: user ?? what,
    key: user === null ? label : [what, keyLabel].filter(Boolean).join(' '),
    isNamed: user !== null,
  };
}
