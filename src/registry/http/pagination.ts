import { integerParam } from './query-params.ts';

export interface PageRequest {
  /** Counted from 1. */
  page: number;
  pageSize: number;
}

export interface Pagination {
  currentPage: number;
  pageSize: number;
  totalPages: number;
  totalCount: number;
}

/** Reads `page` and `pageSize`. Throws a 400 naming the one that is out of bounds. */
export function pageParams(
  params: URLSearchParams,
  { defaultSize, maxSize }: { defaultSize: number; maxSize: number },
): PageRequest {
  return {
    page: integerParam(params, 'page', { min: 1, max: Number.MAX_SAFE_INTEGER }) ?? 1,
    pageSize: integerParam(params, 'pageSize', { min: 1, max: maxSize }) ?? defaultSize,
  };
}

/** How many rows stand before the page. Never so many that a database could not count them. */
export function offsetOf({ page, pageSize }: PageRequest): number {
  return Math.min((page - 1) * pageSize, Number.MAX_SAFE_INTEGER);
}

/** The `pagination` part of a list's answer. */
export function paginationOf({ page, pageSize }: PageRequest, totalCount: number): Pagination {
  return { currentPage: page, pageSize, totalPages: Math.ceil(totalCount / pageSize), totalCount };
}
