/** A fact about this installation as a whole. */
interface InstallationRow {
  key: InstallationFact;
  value: string;
}

/**
 * `id`: a UUID, made when it is first asked for. `blobs`: where bundles are kept, unless in the data folder. `version`: the
 * Touchmark that last brought the schema up to date. `secret-fingerprint`: tells the sealing secret from others.
 * `unfinished-copy`: what is being copied here, as long as not all of it is. `calls-counted-since`: since when all calls are
 * counted, as ISO 8601, where servers are older than that.
 */
export type InstallationFact =
  | 'id'
  | 'blobs'
  | 'version'
  | 'secret-fingerprint'
  | 'unfinished-copy'
  | 'calls-counted-since';

/** A process that runs on this database, or did not say goodbye. */
export interface ProcessRow {
  id: string;
  /** The registry's URL, or `embedded`. */
  registry: string;
  /** Where people reach it. */
  url: string;
  /** Host name and process number, for people. */
  place: string;
  started_at: string;
  /** Grows for as long as it runs. No time: clocks of two machines differ. */
  beat: number;
}

export interface InstallationTables {
  installation: InstallationRow;
  processes: ProcessRow;
}
