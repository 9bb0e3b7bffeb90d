import { useQuery } from '@tanstack/react-query';
import { Eye, EyeOff } from 'lucide-react';
import { type ReactNode, type RefObject, useState } from 'react';
import { registryQuery } from '#web/api/session.ts';
import { deskName } from '#web/lib/desk.ts';
import { Button } from '#web/ui/button.tsx';
import { Field } from '#web/ui/fields/field.tsx';

interface ApiKeyFieldProps {
  value: string;
  onChange: (apiKey: string) => void;
  error: ReactNode;
  inputRef: RefObject<HTMLInputElement | null>;
}

/** The field for an API key, as password managers know one: they keep the key under the name of the desk. */
export function ApiKeyField({ value, onChange, error, inputRef }: ApiKeyFieldProps) {
  const { data: registry } = useQuery(registryQuery());
  const [isShown, setShown] = useState(false);
  return (
    <>
      <input
        className="visually-hidden"
        type="text"
        name="username"
        autoComplete="username"
        value={deskName() ?? registry?.name ?? ''}
        readOnly
        tabIndex={-1}
        aria-hidden
      />
      <Field
        ref={inputRef}
        label="API key"
        type={isShown ? 'text' : 'password'}
        name="api-key"
        value={value}
        onChange={(event) => onChange(event.target.value)}
        error={error}
        autoComplete="current-password"
        autoCapitalize="none"
        autoCorrect="off"
        spellCheck={false}
        end={
          <Button
            variant="ghost"
            size="sm"
            iconOnly
            aria-label={isShown ? 'Hide the API key' : 'Show the API key'}
            onClick={() => setShown(!isShown)}
          >
            {isShown ? <EyeOff size={16} aria-hidden /> : <Eye size={16} aria-hidden />}
          </Button>
        }
      />
    </>
  );
}
