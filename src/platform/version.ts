declare const __TOUCHMARK_VERSION__: string | undefined;

/** The version of this build; it is written in by the build. */
export const VERSION = typeof __TOUCHMARK_VERSION__ === 'string' ? __TOUCHMARK_VERSION__ : 'development';
