/** What a secret may be called, as a part of expressions: the name of an environment variable. */
export const SECRET_NAME = '[A-Za-z_][A-Za-z0-9_]{0,127}';
