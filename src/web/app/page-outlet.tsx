import { startTransition, useCallback, useRef, useState } from 'react';
import { Outlet, useMatches } from 'react-router';
import { PageShown, type PreparablePage, PreparePage } from '#web/lib/prepared-page.ts';
import { preparablePages } from './preparable-pages.ts';
import styles from './page-outlet.module.css';

/**
 * The page of the address. One that can be prepared has the same place here before and after it is shown, so that
 * whatever was drawn and laid out beforehand only has to be uncovered.
 */
export function PageOutlet() {
  const matched = useMatches().at(-1)?.handle as PreparablePage | undefined;
  const [prepared, setPrepared] = useState<PreparablePage>();
  const wantedPath = useRef<string>(undefined);
  const prepare = useCallback((path: string | undefined) => {
    wantedPath.current = path;
    // Never in the way of what the person is doing.
    const draw = (page: PreparablePage | undefined) => startTransition(() => setPrepared(page));
    const load = path === undefined ? undefined : preparablePages[path];
    if (load === undefined) draw(undefined);
    else void load().then((page) => wantedPath.current === path && draw(page), drawnLater);
  }, []);
  const isShown = matched !== undefined;
  const Page = (matched ?? prepared)?.Page;
  return (
    <PreparePage value={prepare}>
      <Outlet />
      {Page && (
        <PageShown value={isShown}>
          <div className={isShown ? undefined : styles['prepared']} aria-hidden={!isShown || undefined}>
            <Page />
          </div>
        </PageShown>
      )}
    </PreparePage>
  );
}

// Its code could not be fetched: the navigation asks for it again, and tells of a failure.
function drawnLater(): void {}
