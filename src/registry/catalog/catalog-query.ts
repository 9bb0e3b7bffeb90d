import type { Context } from 'hono';
import { z } from 'zod';
import type { RegistryEnv } from '#registry/context.ts';
import { queryFlag, queryInteger, queryText } from '#registry/http/query-fields.ts';
import { wrongField } from '#registry/http/registry-error.ts';
import { readQuery } from '#registry/http/shapes.ts';
import { formatCursor, parseCursor, type Position } from './catalog-cursor.ts';

const MAX_LIMIT = 100;
const DEFAULT_LIMIT = 30;
const MAX_CURSOR = 4000;

/** What a list of the catalog holds. */
export interface CatalogFilters {
  /** A part of the name, in any case. */
  search?: string | undefined;
  /** ISO 8601, in UTC. */
  updatedSince?: string | undefined;
  /** A version, or `latest`. */
  version?: string | undefined;
  includeDeleted?: boolean | undefined;
}

/** One page of that list. */
export interface CatalogPage {
  limit: number;
  after: Position | undefined;
  filters: CatalogFilters;
}

const updatedSince = queryText().transform((text, context) => {
  if (text === undefined) return undefined;
  if (z.iso.datetime({ offset: true }).safeParse(text).success) return new Date(text).toISOString();
  context.addIssue('must be a time as RFC 3339 writes it, such as 2026-08-07T13:15:04.280Z');
  return z.NEVER;
});

const listShape = z.object({
  cursor: queryText(MAX_CURSOR),
  limit: queryInteger({ min: 1, max: MAX_LIMIT }).transform((limit) => limit ?? DEFAULT_LIMIT),
  search: queryText(),
  updated_since: updatedSince,
  version: queryText(),
  include_deleted: queryFlag,
});

/** Reads the parameters of a list. Throws a 400 that names the one that is wrong. */
export function readCatalogPage(c: Context<RegistryEnv>): CatalogPage {
  const { cursor, limit, ...given } = readQuery(c, listShape);
  const last = cursor === undefined ? undefined : parseCursor(cursor);
  if (last === null) {
    throw wrongField('cursor', 'is none that this registry gave: begin again without it');
  }
  // Editors send a search with its first page alone: the cursor has kept it.
  const filters = { ...last?.filters, ...withoutUndefined(given) };
  if (filters.updated_since !== undefined && filters.include_deleted === false) {
    throw wrongField(
      'include_deleted',
      'must not be false with updated_since, which is to tell what was deleted too',
    );
  }
  return {
    limit,
    after: last?.after,
    filters: {
      search: filters.search,
      updatedSince: filters.updated_since,
      version: filters.version,
      includeDeleted: filters.include_deleted ?? filters.updated_since !== undefined,
    },
  };
}

/** The cursor of the page after this one, which ended with that entry. */
export function cursorAfter({ filters }: CatalogPage, after: Position): string {
  return formatCursor({
    after,
    filters: {
      search: filters.search,
      updated_since: filters.updatedSince,
      version: filters.version,
      include_deleted: filters.includeDeleted,
    },
  });
}

/** Whether one server or version is looked for among deleted ones too. Throws a 400. */
export function readIncludeDeleted(c: Context<RegistryEnv>): boolean {
  return readQuery(c, z.object({ include_deleted: queryFlag })).include_deleted ?? false;
}

function withoutUndefined<Values extends object>(values: Values): Partial<Values> {
  return Object.fromEntries(
    Object.entries(values).filter(([, value]) => value !== undefined),
  ) as Partial<Values>;
}
