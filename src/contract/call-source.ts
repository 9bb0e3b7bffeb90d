/**
 * From where a request comes, told to our own registry beside it: of a header it could not be believed, since anybody may
 * send one.
 */
export interface CallSource {
  /** `desk`: somebody asked for it at the pages. Absent: whoever sent the request itself. */
  origin?: 'desk';
  /** The change of the desk that it is, by its id in the ledger. */
  operationId?: string;
  requestId?: string;
  /** The client's address, or its network. */
  address?: string;
  /** A product and its version, as `Firefox 153`; null where none was named. */
  product?: string | null;
}
