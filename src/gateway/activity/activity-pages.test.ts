import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AuditEntry } from '#contract/activity.ts';
import type { OperationRow } from '#database/gateway-tables.ts';
import type { Position } from '#gateway/operations/operation-store.ts';
import { readPage, type ActivityCursor, type ActivityItem, type Records } from './activity-pages.ts';

/** What happened, by its moment: in the ledger, in the registry's record, or in both. */
interface Happened {
  moment: number;
  where: 'ledger' | 'registry' | 'both';
}

const time = (moment: number) => new Date(Date.UTC(2026, 5, 1) + moment).toISOString();
const newest = <T extends { id: string }>(items: T[], at: (item: T) => string) =>
  items.toSorted((a, b) => at(b).localeCompare(at(a)) || b.id.localeCompare(a.id));

/** Both records over what happened. The registry writes down an operation a moment after it was asked for. */
function recordsOf(happened: readonly Happened[]): Records {
  const rows = happened.flatMap(({ moment, where }, i) =>
    where === 'registry' ? [] : [{ id: `op-${i}`, created_at: time(moment) } as OperationRow],
  );
  const audit = happened.flatMap(({ moment, where }, i) =>
    where === 'ledger'
      ? []
      : [
          {
            id: `audit-${i}`,
            at: time(where === 'both' ? moment + (i % 3) : moment),
            operationId: where === 'both' ? `op-${i}` : null,
          } as AuditEntry,
        ],
  );
  const ledger = newest(rows, (row) => row.created_at);
  const record = newest(audit, ({ at }) => at);
  const after = <T extends { id: string }>(items: T[], id: string | undefined) =>
    id === undefined ? items : items.slice(items.findIndex((item) => item.id === id) + 1);
  return {
    operations: async (position: Position | null, limit: number) =>
      after(ledger, position?.id).slice(0, limit),
    audit: async (before: string | null, limit: number) => after(record, before ?? undefined).slice(0, limit),
    recorded: async (ids) =>
      new Set(
        audit.flatMap(({ operationId }) =>
          operationId !== null && ids.includes(operationId) ? operationId : [],
        ),
      ),
  };
}

const idOf = (item: ActivityItem) => ('entry' in item ? item.entry.id : item.row.id);
const timeOf = (item: ActivityItem) => ('entry' in item ? item.entry.at : item.row.created_at);

async function readAll(records: Records, limit: number): Promise<ActivityItem[]> {
  const items: ActivityItem[] = [];
  let cursor: ActivityCursor | null = { operations: null, audit: null };
  for (let pages = 0; cursor !== null; pages++) {
    expect(pages).toBeLessThan(2000);
    const page = await readPage(records, cursor, limit);
    expect(page.items.length).toBeLessThanOrEqual(limit);
    items.push(...page.items);
    cursor = page.next;
  }
  return items;
}

const whole = (happened: readonly Happened[]) =>
  happened.map(({ where }, i) => (where === 'ledger' ? `op-${i}` : `audit-${i}`)).toSorted();

describe('two records told as one', () => {
  it('lose nothing, double nothing and stay in order, however they interleave', async () => {
    const happened = fc.array(
      fc.record({
        moment: fc.integer({ min: 0, max: 12 }),
        where: fc.constantFrom('ledger' as const, 'registry' as const, 'both' as const),
      }),
      { maxLength: 60 },
    );
    await fc.assert(
      fc.asyncProperty(happened, fc.integer({ min: 1, max: 9 }), async (all, limit) => {
        const items = await readAll(recordsOf(all), limit);
        expect(items.map(idOf).toSorted()).toEqual(whole(all));
        const times = items.map(timeOf);
        expect(times).toEqual(times.toSorted().toReversed());
      }),
      { numRuns: 400 },
    );
  });

  it('pass over thousands of operations that the registry wrote down, to the one that it did not', async () => {
    const all: Happened[] = Array.from({ length: 3000 }, (_, moment) => ({ moment, where: 'both' as const }));
    all.unshift({ moment: 0, where: 'ledger' });
    const records = recordsOf(all);
    // None of the registry's matches what is asked for.
    const items = await readAll({ ...records, audit: async () => [] }, 50);
    expect(items.map(idOf)).toEqual(['op-0']);
    expect((await readAll(records, 50)).map(idOf).toSorted()).toEqual(whole(all));
  });

  it('are the ledger alone where the registry keeps no record', async () => {
    const all: Happened[] = Array.from({ length: 250 }, (_, moment) => ({
      moment,
      where: 'ledger' as const,
    }));
    const items = await readAll({ ...recordsOf(all), audit: null }, 7);
    expect(items.map(idOf)).toEqual(all.map((_, i) => `op-${i}`).toReversed());
  });
});
