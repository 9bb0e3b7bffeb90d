import { Eye, EyeOff } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import type { ApiError } from '#web/api/call-api.ts';
import { FailureNotice } from '#web/components/failure-notice.tsx';
import { Button } from '#web/ui/button.tsx';
import { Field } from '#web/ui/fields/field.tsx';
import { RequestId } from '#web/ui/messages/request-id.tsx';
import styles from './sign-in-form.module.css';

interface SignInFormProps {
  pending: boolean;
  /** True while it is a link that signs in, and not this form. */
  byLink: boolean;
  error: ApiError | null;
  onSubmit: (apiKey: string) => void;
}

/** The API key, kept as typed until it has worked. */
export function SignInForm({ pending, byLink, error, onSubmit }: SignInFormProps) {
  const [apiKey, setApiKey] = useState('');
  const [shown, setShown] = useState(false);
  const [missing, setMissing] = useState(false);
  const refused = error?.code === 'bad-credentials';

  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (pending) return;
    setMissing(apiKey.trim() === '');
    if (apiKey.trim() !== '') onSubmit(apiKey.trim());
  };

  return (
    <form className={styles['form']} onSubmit={submit} noValidate>
      {error !== null && !refused && <FailureNotice title="You are not signed in" error={error} />}
      <Field
        label="API key"
        type={shown ? 'text' : 'password'}
        name="api-key"
        value={apiKey}
        onChange={(event) => {
          setApiKey(event.target.value);
          setMissing(false);
        }}
        error={missing ? 'Paste your API key.' : refused && <Refusal error={error} />}
        autoComplete="off"
        autoCapitalize="none"
        autoCorrect="off"
        spellCheck={false}
        data-1p-ignore
        end={
          <Button
            variant="ghost"
            size="sm"
            iconOnly
            aria-label={shown ? 'Hide the API key' : 'Show the API key'}
            onClick={() => setShown(!shown)}
          >
            {shown ? <EyeOff size={16} aria-hidden /> : <Eye size={16} aria-hidden />}
          </Button>
        }
      />
      <Button type="submit" variant="primary" pending={pending}>
        {pending ? (byLink ? 'Signing in with your link…' : 'Signing in…') : 'Sign in'}
      </Button>
    </form>
  );
}

function Refusal({ error }: { error: ApiError }) {
  return (
    <>
      {error.message} <RequestId id={error.requestId} />
    </>
  );
}
