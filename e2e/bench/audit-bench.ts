import { sql, type KyselyPlugin } from 'kysely';
import type { Engine } from '#database/engine.ts';
import { openDatabase } from '#database/open.ts';
import { ensureOwner } from '#registry/access/key-store.ts';
import { REGISTRY_ITSELF } from '#registry/audit/author.ts';
import { deleteServer } from '#registry/servers/server-deletion.ts';
import { parseQualifiedName } from '#contract/qualified-name.ts';
import { withPlace } from './bench-place.ts';
import { addReleases, fillRegistry } from './fill-registry.ts';
import { latencyRows, timed, type Row } from './measure.ts';

const SERVERS = 2000;
const DELETES = 100;

/** What the row of the record costs a delete: with it, and the same transaction with nothing written in its place. */
export async function auditBench(engine: Engine): Promise<Row[]> {
  return withPlace(engine, async (location) => {
    const { db } = await openDatabase(location);
    try {
      const { userId } = await ensureOwner(db, new Date());
      const filling = { ownerId: userId, count: SERVERS, namespaces: ['bench'], now: new Date() };
      await fillRegistry(db, filling);
      const servers = await db
        .selectFrom('servers')
        .select('qualified_name')
        .limit(2 * DELETES)
        .execute();
      const [withRow, without]: [number[], number[]] = [[], []];
      // By turns, so that both meet the same machine.
      for (const [index, { qualified_name }] of servers.entries()) {
        await addReleases(db, qualified_name, new Date());
        const isWritten = index % 2 === 0;
        const name = parseQualifiedName(qualified_name);
        if (name === undefined) throw new Error(`${qualified_name} is no name`);
        const scope = { ownerIds: [userId], namespaces: null };
        const by = { ...REGISTRY_ITSELF, userId };
        const deletion = { name, scope, by, now: new Date(), holdMs: 1000 };
        const over = isWritten ? db : db.withPlugin(withoutRecord);
        (isWritten ? withRow : without).push(await timed(async () => deleteServer(over, deletion)));
      }
      const group = `Delete with 20 releases and 200 log lines on ${engine}`;
      return [
        ...latencyRows(group, 'with the row of the record', withRow),
        ...latencyRows(group, 'nothing written in its place', without),
      ];
    } finally {
      await db.destroy();
    }
  });
}

// The way to the database and back is the same; it is only asked to write no row.
const withoutRecord: KyselyPlugin = {
  transformQuery: ({ node }) => {
    if (node.kind !== 'InsertQueryNode') return node;
    const into = /audit_\w+/.exec(JSON.stringify(node.into))?.[0];
    if (into === undefined) return node;
    const { columns: _, ...insert } = node;
    return { ...insert, values: sql`select * from ${sql.table(into)} where 1 = 0`.toOperationNode() };
  },
  transformResult: async ({ result }) => result,
};
