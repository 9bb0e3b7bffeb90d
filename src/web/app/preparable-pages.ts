import { paths } from '#web/lib/paths.ts';
import type { PreparablePage } from '#web/lib/prepared-page.ts';

export const loadServersPage = (): Promise<PreparablePage> => import('#web/server-list/server-list-page.tsx');

/** The pages that can be drawn before they are gone to, by their path. */
export const preparablePages: Record<string, () => Promise<PreparablePage>> = {
  [paths.servers()]: loadServersPage,
};
