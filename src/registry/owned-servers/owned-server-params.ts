import type { Context } from 'hono';
import { z } from 'zod';
import {
  MAX_NAMED,
  MAX_PAGE,
  SERVER_ORDERS,
  type Direction,
  isValueOf,
  type ServerOrder,
} from '#contract/owned-servers.ts';
import { parseQualifiedName } from '#contract/qualified-name.ts';
import { type ListPosition, parsePosition } from '#platform/list-position.ts';
import type { RegistryEnv } from '#registry/context.ts';
import { queryChoice, queryInteger, queryList, queryText } from '#registry/http/query-fields.ts';
import { wrongField } from '#registry/http/registry-error.ts';
import { readQuery } from '#registry/http/shapes.ts';

const DEFAULT_LIMIT = 200;
const MAX_CURSOR_LENGTH = 4000;

/** What `GET /-/servers` was asked for. */
export interface OwnedServerQuery {
  sort: ServerOrder;
  direction: Direction;
  limit: number;
  /** Where the page before this one ended. */
  after: ListPosition | undefined;
  /** The only servers that are wanted. */
  names: string[] | undefined;
}

const names = queryList.transform((all, context) => {
  if (all === undefined) return undefined;
  if (all.length > MAX_NAMED) context.addIssue(`must be at most ${MAX_NAMED}`);
  else if (!all.every((name) => parseQualifiedName(name))) context.addIssue('must be qualified names');
  return all;
});

const pageShape = z.object({
  sort: queryChoice(SERVER_ORDERS),
  direction: queryChoice(['asc', 'desc']),
  limit: queryInteger({ min: 1, max: MAX_PAGE }),
  cursor: queryText(MAX_CURSOR_LENGTH),
  name: names,
});

/** Reads the parameters of `GET /-/servers`. Throws a 400 that names the one that is wrong. */
export function readOwnedServerQuery(c: Context<RegistryEnv>): OwnedServerQuery {
  const query = readQuery(c, pageShape);
  const { sort = 'uses', direction = 'desc', limit = DEFAULT_LIMIT, cursor, name } = query;
  const order = { sort, direction, isValue: (value: string | number) => isValueOf(sort, value) };
  const after = cursor === undefined ? undefined : parsePosition(cursor, order);
  if (cursor !== undefined && after === undefined) {
    throw wrongField('cursor', 'must be the nextCursor of an answer in the same order and direction');
  }
  return { sort, direction, limit, after, names: name };
}
