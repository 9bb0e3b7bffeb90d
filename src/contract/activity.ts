import type { Operation, OperationAction } from './operations.ts';

/** Where the browser finds what changed. */
export const activityPaths = {
  activity: () => '/api/-/activity',
  /** The same, whole, as a file: `?format=csv` or `json`. */
  download: () => '/api/-/activity/download',
  /** What is known of a name that ended: `GET /api/-/tombstones/{qualifiedName}`. */
  tombstone: (qualifiedName: string) => `${activityPaths.tombstones()}/${encodeURIComponent(qualifiedName)}`,
  tombstones: () => '/api/-/tombstones',
} as const;

/** Where the gateway finds it in our own registry, relative to its root. */
export const auditPaths = {
  audit: () => '/-/audit',
  tombstone: (qualifiedName: string) => `/-/tombstones/${encodeURIComponent(qualifiedName)}`,
} as const;

/** What the registry writes down, each in the transaction of the change itself. */
export const AUDIT_ACTIONS = [
  'server.create',
  'server.update',
  'server.delete',
  'server.transfer',
  'release.publish',
  'release.outcome',
  'release.resume',
  'secret.set',
  'secret.delete',
  'secret.lost',
  'domain.set',
  'domain.delete',
  'icon.set',
  'icon.delete',
  'namespace.create',
  'namespace.delete',
  'skill.set',
  'skill.delete',
  'token.create',
  'key.create',
  'key.delete',
  'member.add',
  'member.remove',
  'user.create',
  'user.change',
  'organization.create',
  'client.allow',
  'client.end',
  'session.start',
  'session.end',
  'session.refused',
  'data.restore',
] as const;
export type AuditAction = (typeof AUDIT_ACTIONS)[number];

/** From where a change came. `command`: `touchmark …` beside the running desk; `registry`: the registry itself. */
export type AuditOrigin = 'desk' | 'cli' | 'api' | 'client' | 'command' | 'registry';

/** Who made a change. What is not known, or not there, is null. */
export interface AuditActor {
  kind: 'key' | 'token' | 'client' | 'operator' | 'registry' | 'stranger';
  /** The name of the user or organization. */
  user: string | null;
  keyId: string | null;
  keyLabel: string | null;
}

/** A field with what it was and what it is; of secrets neither. */
export interface FieldChange {
  field: string;
  before?: unknown;
  after?: unknown;
}

/** One change, as our own registry writes it down. */
export interface AuditEntry {
  id: string;
  /** ISO 8601 with milliseconds. */
  at: string;
  action: AuditAction;
  actor: AuditActor;
  origin: AuditOrigin;
  /** A product and its version, as `Firefox 153`; null where none was named. */
  product: string | null;
  /** What it was done to: a qualified name, a namespace, a user; null where there is nothing to name. */
  target: string | null;
  /** The server's id, where it was done to a server. */
  targetId: string | null;
  namespace: string | null;
  changes: FieldChange[];
  /** `applied`, or what became of a release: `succeeded`, `failed`, `waiting`; of a sign-in: `refused`. */
  outcome: 'applied' | 'succeeded' | 'failed' | 'waiting' | 'refused';
  /** In a sentence, where there is more to say: why a release failed, how many were refused. */
  note: string | null;
  /** The operation of the desk that it is, by its id in the ledger. */
  operationId: string | null;
  requestId: string | null;
  address: string | null;
}

/** As a person: whoever has this session's key, and everybody else, where the desk knows no more of who they are. */
export const OWN_KEY = 'key:this';
export const OTHER_KEYS = 'key:other';

/** By what both records are narrowed, each likewise: an entry is there where all that is given holds. */
export interface ActivityFilter {
  /** The user's name, exactly; against a remote registry `OWN_KEY` or `OTHER_KEYS`. */
  person?: string | undefined;
  action?: AuditAction | undefined;
  /** What it was done to, exactly: a qualified name or another target. */
  server?: string | undefined;
  /** ISO 8601: at or after. */
  from?: string | undefined;
  /** ISO 8601: before. */
  to?: string | undefined;
  /** Words, whatever their case: each is within one of its texts or ids. */
  q?: string | undefined;
}

/**
 * `GET /registry/-/audit?before&limit&operation` with `ActivityFilter` and `outcome`, newest first. `before` is the id of
 * the entry after which to go on. `operation`, which may be given many times, gives the entries of these operations alone.
 */
export interface AuditList {
  entries: AuditEntry[];
  /** Pass as `before`; null at the end. */
  nextBefore: string | null;
}

/** What is asked for by each kind of change, as the record names it. */
export const actionOfOperation: Readonly<Record<OperationAction, AuditAction>> = {
  'delete-server': 'server.delete',
  'update-server': 'server.update',
  'resume-release': 'release.resume',
};

/** What an entry can be asked for by: `unclear` is what is under way yet, or could not be found out. */
export const OUTCOME_FILTERS = ['applied', 'succeeded', 'failed', 'waiting', 'refused', 'unclear'] as const;
export type OutcomeFilter = (typeof OUTCOME_FILTERS)[number];

/** One row of Activity: an entry of the registry's, the ledger's operation, or both where they are one change. */
export interface ActivityEntry extends Omit<AuditEntry, 'outcome'> {
  outcome: AuditEntry['outcome'] | Operation['state'];
  /** The ledger's entry, where it was asked for through this desk. */
  operation: Operation | null;
  /** True where it was asked for through this desk with the key of this session. */
  isOwn: boolean;
}

/** `GET /api/-/activity?before&limit&outcome` with `ActivityFilter`, newest first. */
export interface ActivityList {
  /** May be fewer than asked for, even none, before the end. */
  entries: ActivityEntry[];
  /** Pass as `before`; null at the end. */
  nextBefore: string | null;
  /** False where only what went through this desk is known: the registry keeps no such record. */
  isWhole: boolean;
  /** True where the registry did not confirm lately which namespaces this key has: only what this key did is listed. */
  onlyOwn: boolean;
  /** As `OperationList` counts them. */
  refusedStrangers: number | null;
}

/** What our own registry tells of a server that is gone. */
export interface RegistryTombstone {
  qualifiedName: string;
  /** The server's id; null where it is not known. */
  id: string | null;
  displayName: string | null;
  /** What ended it. Null where the record of who did it is not there. */
  entry: AuditEntry | null;
  /** What went with it, by kind: releases, secrets, calls logged…; null where it is not known. */
  went: Record<string, number> | null;
  /** ISO 8601: until when the name is held; null where it is not held, or nothing is known of it. */
  heldUntil: string | null;
  movedTo: string | null;
}

/** What is known of a server that is gone, or of which it is not known whether it is. */
export interface Tombstone extends Omit<RegistryTombstone, 'entry'> {
  entry: ActivityEntry | null;
}
