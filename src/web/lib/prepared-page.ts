import { type ComponentType, createContext, useContext, useEffect } from 'react';

/** What the module of a page that can be prepared gives. */
export interface PreparablePage {
  Page: ComponentType;
}

/** Prepares the page at a path, out of sight; undefined gives up what was prepared. */
export const PreparePage = createContext<(path: string | undefined) => void>(() => {});

/** False for what is being prepared out of sight. */
export const PageShown = createContext(true);

/** Whether this page is on screen. One that is only prepared shows what is known and asks for none of it anew. */
export function usePageShown(): boolean {
  return useContext(PageShown);
}

/**
 * Has the page at this path ready before it is gone to, for as long as it is wanted and this component is there: it
 * then only has to be uncovered. Where that is not possible it is drawn when it is gone to.
 */
export function usePreparedPage(path: string, isWanted: boolean): void {
  const prepare = useContext(PreparePage);
  useEffect(() => {
    if (!isWanted) return undefined;
    prepare(path);
    return () => prepare(undefined);
  }, [path, isWanted, prepare]);
}
