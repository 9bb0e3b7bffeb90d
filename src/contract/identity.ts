/** Where the gateway asks our own registry whose key it holds, relative to the registry's root. */
export const IDENTITY_PATH = '/-/identity';

/** Whose key a session has, as far as the registry tells: what is not known is null. */
export interface Identity {
  /** The user, or the organization whose key it is. */
  user: string | null;
  isOrganization: boolean;
  keyLabel: string | null;
  /** ISO 8601; null: never, or not known. */
  keyExpiresAt: string | null;
  /** Organizations that the user is a member of. */
  organizations: string[];
  /** True where this user may see what everybody did. */
  isAdmin: boolean;
}

/** Where the registry tells nothing of whose key it is. */
export const UNKNOWN_IDENTITY: Identity = {
  user: null,
  isOrganization: false,
  keyLabel: null,
  keyExpiresAt: null,
  organizations: [],
  isAdmin: false,
};
