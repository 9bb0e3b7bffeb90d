import { CompiledQuery, createQueryId, type Kysely, type QueryId, type RootOperationNode } from 'kysely';
import type { OpenDatabase } from '#database/open.ts';
import type { Database } from '#database/schema.ts';

/** One step of how an engine answers a query, in its own words. */
interface PlanStep {
  step: string;
  /** How many rows it looked at, where the engine tells. */
  rows: number;
}

interface ObservedDatabase {
  db: Kysely<Database>;
  /** The steps of every query since the last time. Runs each once more. */
  takeSteps(): Promise<PlanStep[]>;
}

/** The same database, whose queries are taken down. */
export function observeQueries({ db, engine }: OpenDatabase): ObservedDatabase {
  let nodes: RootOperationNode[] = [];
  // Of parts of queries, too, which have no results of their own.
  const seen = new WeakMap<QueryId, RootOperationNode>();
  const observed = db.withPlugin({
    transformQuery: ({ node, queryId }) => {
      seen.set(queryId, node);
      return node;
    },
    transformResult: async ({ result, queryId }) => {
      const node = seen.get(queryId);
      if (node !== undefined) nodes.push(node);
      return result;
    },
  });
  return {
    db: observed,
    async takeSteps() {
      const steps: PlanStep[] = [];
      const taken = nodes;
      nodes = [];
      for (const node of taken) {
        const query = db.getExecutor().compileQuery(node, createQueryId());
        steps.push(...(engine === 'sqlite' ? await sqliteSteps(db, query) : await postgresSteps(db, query)));
      }
      return steps;
    },
  };
}

/** Steps that sort, or read a table without an index: what grows with all rows, however few are asked for. */
export function growingSteps(steps: readonly PlanStep[]): string[] {
  return steps.map(({ step }) => step).filter((step) => /TEMP B-TREE|^SCAN|Seq Scan|Sort/.test(step));
}

async function sqliteSteps(db: Kysely<Database>, { sql, parameters }: CompiledQuery): Promise<PlanStep[]> {
  const query = CompiledQuery.raw(`explain query plan ${sql}`, [...parameters]);
  const { rows } = await db.executeQuery<{ detail: string }>(query);
  return rows.map(({ detail }) => ({ step: detail, rows: 0 }));
}

interface PlanNode {
  'Node Type': string;
  'Relation Name'?: string;
  'Index Name'?: string;
  'Actual Rows': number;
  'Actual Loops': number;
  'Rows Removed by Filter'?: number;
  Plans?: PlanNode[];
}

async function postgresSteps(db: Kysely<Database>, { sql, parameters }: CompiledQuery): Promise<PlanStep[]> {
  const query = CompiledQuery.raw(`explain (analyze, format json) ${sql}`, [...parameters]);
  const { rows } = await db.executeQuery<{ 'QUERY PLAN': [{ Plan: PlanNode }] }>(query);
  return rows.flatMap((row) => flattened(row['QUERY PLAN'][0].Plan));
}

function flattened(node: PlanNode): PlanStep[] {
  const names = [node['Node Type'], node['Relation Name'], node['Index Name']];
  const looked = node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0);
  const own = {
    step: names.filter((name) => name !== undefined).join(' '),
    rows: looked * node['Actual Loops'],
  };
  return [own, ...(node.Plans ?? []).flatMap(flattened)];
}
