import type { FormEvent } from 'react';
import type { ApiError } from '#web/api/calling/call-api.ts';
import { FailureNotice } from '#web/components/outcomes/failure-notice.tsx';
import { paths } from '#web/lib/paths.ts';
import { Button } from '#web/ui/button.tsx';
import { ApiKeyField } from './api-key-field.tsx';
import styles from './sign-in-form.module.css';
import { isRefused, useApiKey } from './use-api-key.tsx';

interface SignInFormProps {
  pending: boolean;
  /** True while it is a link that signs in, and not this form. */
  byLink: boolean;
  error: ApiError | null;
  onSubmit: (apiKey: string) => void;
}

/** The API key, and the button that signs in with it. */
export function SignInForm({ pending, byLink, error, onSubmit }: SignInFormProps) {
  const { field, submit } = useApiKey(error);
  const send = (event: FormEvent) => {
    event.preventDefault();
    if (!pending) submit(onSubmit);
  };
  return (
    // Sent by script alone, and the policy lets no form be sent; the address is for password managers.
    <form className={styles['form']} method="post" action={paths.signIn()} onSubmit={send} noValidate>
      {error !== null && !isRefused(error) && <FailureNotice title="You are not signed in" error={error} />}
      <ApiKeyField {...field} />
      <Button type="submit" variant="primary" pending={pending}>
        {pending ? (byLink ? 'Signing in with your link…' : 'Signing in…') : 'Sign in'}
      </Button>
    </form>
  );
}
