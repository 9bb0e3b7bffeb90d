/** `GET /api/-/registry`: what this desk manages; told to strangers too, since it says which key to sign in with. */
export interface RegistryInfo {
  /** Shown to people: the host, or "Embedded registry". */
  name: string;
  url: string;
  embedded: boolean;
}

/** `GET /api/-/session`. */
export interface SessionInfo {
  registry: RegistryInfo;
  /** The owner's namespaces, by name. */
  namespaces: string[];
  /** ISO 8601: when this session ends whatever happens. */
  expiresAt: string;
}
