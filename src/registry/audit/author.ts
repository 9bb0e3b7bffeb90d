import type { AuditActor, AuditOrigin } from '#contract/activity.ts';

/** Who makes a change, and from where. */
export interface Author {
  /** What its name and key were at that time. */
  actor: AuditActor;
  /** The id of the user or organization, to whom it shows; null where nobody signed in. */
  userId: string | null;
  origin: AuditOrigin;
  product: string | null;
  address: string | null;
  requestId: string | null;
  operationId: string | null;
}

const NOWHERE = { userId: null, product: null, address: null, requestId: null, operationId: null };
const NO_KEY = { user: null, keyId: null, keyLabel: null };

/** What goes on by itself: pipelines, time limits. */
export const REGISTRY_ITSELF: Author = {
  ...NOWHERE,
  actor: { kind: 'registry', ...NO_KEY },
  origin: 'registry',
};

/** Who runs the desk, by a command beside it. */
export const OPERATOR: Author = {
  ...NOWHERE,
  actor: { kind: 'operator', ...NO_KEY },
  origin: 'command',
};
