import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useEffect, useRef } from 'react';
import { Link, Outlet, ScrollRestoration, useLocation } from 'react-router';
import type { SessionInfo } from '#contract/session.ts';
import { sessionQuery } from '#web/api/session.ts';
import { AccountWords } from '#web/components/who/acting-as.tsx';
import { DeskBadge } from '#web/components/who/desk-badge.tsx';
import { paths } from '#web/lib/paths.ts';
import { SignOutButton } from '#web/session/sign-out-button.tsx';
import { AccountMenu } from './account-menu.tsx';
import { ErrorPage } from './error-page.tsx';
import { useKeptFocus } from './kept-focus.ts';
import styles from './layout.module.css';
import { NavigationBar } from './navigation-bar.tsx';
import { SCROLL_PLACES, scrollKey } from './scroll-places.ts';
import { ThemeSwitch } from './theme-switch.tsx';

/** The frame of every page of someone signed in. */
export function Layout() {
  const { data: session } = useQuery(sessionQuery());
  const { pathname } = useLocation();
  const shownPath = useRef(pathname);
  useKeptFocus();

  // A page opened by a link is read from its heading, not from where the link was.
  useEffect(() => {
    if (shownPath.current === pathname) return;
    shownPath.current = pathname;
    document.querySelector<HTMLElement>('main h1')?.focus({ preventScroll: true });
  }, [pathname]);

  return (
    <>
      <a href="#main" className={styles['skip']}>
        Skip to content
      </a>
      <Bar>
        <NavigationBar isOwnRegistry={session?.registry.embedded === true} />
        {session !== undefined && <Where session={session} />}
        <div className={styles['end']}>
          {session !== undefined && <AccountMenu session={session} />}
          <ThemeSwitch />
          <SignOutButton />
        </div>
      </Bar>
      <main id="main" className={styles['main']} tabIndex={-1}>
        <Outlet />
      </main>
      <ScrollRestoration getKey={scrollKey} storageKey={SCROLL_PLACES} />
    </>
  );
}

/** Which desk and registry this is, and as whom one is signed in. */
function Where({ session }: { session: SessionInfo }) {
  const { registry } = session;
  return (
    <div className={styles['where']}>
      <DeskBadge />
      <p className={styles['context']}>
        <bdi className={styles['registry']} title={registry.url}>
          {registry.name}
        </bdi>
        <span className={styles['account']}>
          <AccountWords session={session} />
        </span>
      </p>
    </div>
  );
}

/** An error before there is a session to frame it. */
export function BareErrorPage() {
  return (
    <>
      <Bar />
      <main className={styles['main']}>
        <ErrorPage />
      </main>
    </>
  );
}

function Bar({ children }: { children?: ReactNode }) {
  return (
    <header className={styles['bar']}>
      <div className={styles['barInner']}>
        <Link to={paths.servers()} className={styles['mark']}>
          <img src="/mark.svg" alt="" width={24} height={24} />
          <span className={styles['name']}>Touchmark</span>
        </Link>
        {children}
      </div>
    </header>
  );
}
