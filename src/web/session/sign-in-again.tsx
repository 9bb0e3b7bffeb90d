import { useMutation, useQuery } from '@tanstack/react-query';
import { useLayoutEffect, useState } from 'react';
import { sessionQuery, signInAgainMutation } from '#web/api/session.ts';
import { ActingAs } from '#web/components/who/acting-as.tsx';
import { FailureNotice } from '#web/components/outcomes/failure-notice.tsx';
import { Button } from '#web/ui/button.tsx';
import { Dialog } from '#web/ui/dialog/dialog.tsx';
import { ignorePresses } from '#web/ui/ignored-presses.ts';
import { Notice } from '#web/ui/messages/notice.tsx';
import { ApiKeyField } from './api-key-field.tsx';
import { isRefused, useApiKey } from './use-api-key.tsx';

interface SignInAgainProps {
  /** Why the session ended, in the gateway's sentence; null where it goes on yet. */
  reason: string | null;
  /** Somebody is signed in again, or the session goes on and they would rather not. */
  onClose: () => void;
  /** Leaves the page, and what is typed in it, for the sign-in page. */
  onLeave: () => void;
  /** It is another account that signed in. */
  onOther: () => void;
}

/** Asks for the key over the page, which stays as it is. It is open for as long as it is mounted. */
export function SignInAgain({ reason, onClose, onLeave, onOther }: SignInAgainProps) {
  const { mutate, isPending, error } = useMutation(signInAgainMutation(onOther));
  const { data: session } = useQuery({ ...sessionQuery(), enabled: false });
  const { field, submit } = useApiKey(error);
  // Where the focus was when it opened: a field of the page, or of a dialog that is open below this one.
  const [opener] = useState(() => ({ current: focused() }));
  // What is below may be a delete that only waits for one more press.
  useLayoutEffect(() => () => void ignorePresses(), []);

  return (
    <Dialog
      isAlert={false}
      title="Sign in again"
      description={reason ?? 'A session lasts eight hours at most. With your key a new one begins.'}
      footer={
        <>
          {error !== null && !isRefused(error) && (
            <FailureNotice title="You are not signed in" error={error} />
          )}
          <ApiKeyField {...field} />
        </>
      }
      buttons={
        <>
          {reason === null ? (
            <Button onClick={onClose}>Not now</Button>
          ) : (
            <Button onClick={onLeave}>Leave this page</Button>
          )}
          <Button type="submit" variant="primary" pending={isPending}>
            {isPending ? 'Signing in…' : 'Sign in'}
          </Button>
        </>
      }
      onSubmit={() => !isPending && submit((apiKey) => mutate({ apiKey }, { onSuccess: onClose }))}
      onClose={onClose}
      isLocked={reason !== null}
      initialFocus={field.inputRef}
      returnFocus={opener}
    >
      <ActingAs />
      <p>What you typed stays as it is, and nothing that changes a server is sent again by itself.</p>
      {session?.byLink === true && (
        <Notice tone="accent" title="You came by a sign-in link">
          The command <code>touchmark sign-in-link</code> prints another one. Open it in this browser, and
          this page goes on; or sign in with an API key.
        </Notice>
      )}
    </Dialog>
  );
}

function focused(): HTMLElement | null {
  return document.activeElement instanceof HTMLElement ? document.activeElement : null;
}
