import { type QueryClient, useMutation } from '@tanstack/react-query';
import { useEffect, useEffectEvent } from 'react';
import { type LoaderFunction, useLocation, useNavigate, useSearchParams } from 'react-router';
import { type Credentials, registryQuery, signInMutation } from '#web/api/session.ts';
import { DeskBadge } from '#web/components/who/desk-badge.tsx';
import { FailureNotice } from '#web/components/outcomes/failure-notice.tsx';
import { paths } from '#web/lib/paths.ts';
import { takePendingPage } from '#web/lib/pending-page.ts';
import { Notice } from '#web/ui/messages/notice.tsx';
import { landingPath } from './landing-path.ts';
import { takeSignInCode } from './sign-in-code.ts';
import { SignInForm } from './sign-in-form.tsx';
import { SignInHelp } from './sign-in-help.tsx';
import styles from './sign-in-page.module.css';

/** Asks which registry it is; the page itself shows how that fares. */
export const loader =
  (client: QueryClient): LoaderFunction =>
  () => {
    void client.prefetchQuery(registryQuery());
    return null;
  };

/** Sign in with an API key, or with the one-time link that led here. */
export function Component() {
  const [searchParams] = useSearchParams();
  const location = useLocation();
  const navigate = useNavigate();
  const { mutate, isPending, error, variables } = useMutation(signInMutation());
  const byLink = variables !== undefined && 'code' in variables;

  const signIn = (credentials: Credentials) =>
    mutate(credentials, {
      onSuccess: () =>
        void navigate(landingPath(searchParams.get('next') ?? takePendingPage(), window.location.origin), {
          replace: true,
        }),
    });

  // The code is in the address when the page opens, or when a link is pasted while it is open.
  const followLink = useEffectEvent(() => {
    const code = takeSignInCode();
    if (code !== undefined) signIn({ code });
  });
  useEffect(() => {
    const follow = () => followLink();
    follow();
    window.addEventListener('hashchange', follow);
    return () => window.removeEventListener('hashchange', follow);
  }, []);

  return (
    <main className={styles['page']}>
      <title>Sign in · Touchmark</title>
      <div className={styles['card']}>
        <img src="/mark.svg" alt="" width={40} height={40} />
        <div>
          <h1 className={styles['title']} tabIndex={-1}>
            Sign in to Touchmark
          </h1>
          <p className={styles['desk']}>
            <DeskBadge />
          </p>
          <p className={styles['lead']}>
            The desk where owners of MCP servers manage their registry entries.
          </p>
        </div>
        {hasEnded(location.state) && error === null && (
          <Notice tone="warning" title="Your session ended. Sign in again to continue." />
        )}
        {searchParams.get('next')?.startsWith(paths.authorize()) === true && (
          <Notice tone="accent" title="A client asks you for access">
            Sign in to see which one and for what. Nothing is allowed before you say so.
          </Notice>
        )}
        {byLink && error !== null && <FailureNotice title="The sign-in link did not work" error={error} />}
        <SignInForm
          pending={isPending}
          byLink={byLink}
          error={byLink ? null : error}
          onSubmit={(apiKey) => signIn({ apiKey })}
        />
        <SignInHelp />
      </div>
    </main>
  );
}

function hasEnded(state: unknown): boolean {
  return typeof state === 'object' && state !== null && 'ended' in state && state.ended === true;
}
