import { queryInteger } from './query-fields.ts';

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

/** `page` and `pageSize`, for a query's shape. */
export function pageFields({ defaultSize, maxSize }: { defaultSize: number; maxSize: number }) {
  return {
    page: queryInteger({ min: 1, max: Number.MAX_SAFE_INTEGER }).transform((page) => page ?? 1),
    pageSize: queryInteger({ min: 1, max: maxSize }).transform((size) => size ?? defaultSize),
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
