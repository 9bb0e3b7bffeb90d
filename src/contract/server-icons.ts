/** Where the browser finds the icons of many servers at once: `?name=…&name=…`. */
export const ICONS_PATH = '/api/-/icons';

/** The most servers whose icons are asked for at once. */
export const MAX_ICONS = 50;

/** The largest icon that comes with others, in bytes; a larger one is read by its own path. */
export const MAX_ICON_AMONG_OTHERS = 48 * 1024;

/** `GET /api/-/icons`, by qualified name: a data URL; null where there is none to show. Too large ones are absent. */
export interface ServerIcons {
  icons: Record<string, string | null>;
}
