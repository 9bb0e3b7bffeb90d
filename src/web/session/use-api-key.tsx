import { type ReactNode, type RefObject, useEffect, useRef, useState } from 'react';
import type { ApiError } from '#web/api/calling/call-api.ts';
import { RequestId } from '#web/ui/messages/request-id.tsx';

interface TypedKey {
  /** For `ApiKeyField`. */
  field: {
    value: string;
    onChange: (apiKey: string) => void;
    error: ReactNode;
    inputRef: RefObject<HTMLInputElement | null>;
  };
  /** Calls `onKey` with what was typed, unless that is nothing. */
  submit: (onKey: (apiKey: string) => void) => void;
}

/** A key as it is typed, kept until it has worked. Its field has the focus at first, and after each failure. */
export function useApiKey(error: ApiError | null): TypedKey {
  const [value, setValue] = useState('');
  const [isMissing, setMissing] = useState(false);
  const inputRef = useRef<HTMLInputElement>(null);

  useEffect(() => {
    inputRef.current?.focus();
    if (error !== null) inputRef.current?.select();
  }, [error]);

  return {
    field: {
      value,
      onChange: (apiKey) => {
        setValue(apiKey);
        setMissing(false);
      },
      error: isMissing ? 'Paste your API key.' : isRefused(error) && <Refusal error={error} />,
      inputRef,
    },
    submit: (onKey) => {
      setMissing(value.trim() === '');
      if (value.trim() === '') inputRef.current?.focus();
      else onKey(value.trim());
    },
  };
}

/** True where the key itself was wrong: its field says so. */
export function isRefused(error: ApiError | null): error is ApiError {
  return error?.code === 'bad-credentials';
}

function Refusal({ error }: { error: ApiError }) {
  return (
    <>
      {error.message} <RequestId id={error.requestId} />
    </>
  );
}
