/** A value that cannot be used; its message is one line for the person who set it. */
export class ConfigError extends Error {
  override name = 'ConfigError';
}
