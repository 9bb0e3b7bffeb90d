/** What an owner may have of each kind. */
export interface Quotas {
  servers: number;
  /** Kept bundles of releases and skills, in bytes. */
  bundleBytes: number;
  /** Releases that are kept of one server. */
  releases: number;
  /** Event streams that are open at once. */
  streams: number;
  /** Requests in a minute. */
  requests: number;
}

export type QuotaKind = keyof Quotas;

// No honest owner comes near: they are there against floods.
export const DEFAULT_QUOTAS: Quotas = {
  servers: 100_000,
  bundleBytes: 100 * 1024 ** 3,
  releases: 1000,
  streams: 500,
  requests: 60_000,
};
