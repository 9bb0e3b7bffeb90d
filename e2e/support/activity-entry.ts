import type { ActivityEntry } from '#contract/activity.ts';

/** A row of Activity as the browser gets it: a delete that the registry wrote down, but for what a test says of it. */
export function activityEntry(rest: Partial<ActivityEntry> = {}): ActivityEntry {
  return {
    id: 'entry-1',
    at: '2026-01-01T00:00:01.000Z',
    action: 'server.delete',
    actor: { kind: 'key', user: 'ann', keyId: 'key-1', keyLabel: 'Laptop' },
    origin: 'api',
    product: 'curl 8.5',
    target: 'acme/weather',
    targetId: 'id-weather',
    namespace: 'acme',
    changes: [],
    outcome: 'applied',
    note: null,
    operationId: null,
    requestId: 'request-1',
    address: null,
    operation: null,
    isOwn: false,
    ...rest,
  };
}
