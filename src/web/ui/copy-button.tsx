import { Check, Copy, TriangleAlert } from 'lucide-react';
import { useEffect, useState } from 'react';
import { Button } from './button.tsx';

interface CopyButtonProps {
  text: string;
  /** What is copied, for the accessible name: "Copy the qualified name". */
  label: string;
  /** True where the label stands beside the icon. */
  isWritten?: boolean;
}

type Outcome = 'copied' | 'failed';

const looks = {
  idle: { icon: Copy, words: '' },
  copied: { icon: Check, words: 'Copied' },
  failed: { icon: TriangleAlert, words: 'Could not copy. Select the text and copy it.' },
} as const;

/** Copies a text; the outcome is shown for a moment and announced. */
export function CopyButton({ text, label, isWritten = false }: CopyButtonProps) {
  const [outcome, setOutcome] = useState<Outcome>();
  useEffect(() => {
    if (outcome === undefined) return undefined;
    const timer = setTimeout(() => setOutcome(undefined), 2000);
    return () => clearTimeout(timer);
  }, [outcome]);
  const { icon: Icon, words } = looks[outcome ?? 'idle'];
  return (
    <>
      <Button
        variant={isWritten ? 'default' : 'ghost'}
        size="sm"
        iconOnly={!isWritten}
        aria-label={isWritten ? undefined : label}
        title={words === '' ? label : words}
        onClick={() => void copy(text).then(setOutcome)}
      >
        <Icon size={14} aria-hidden />
        {isWritten && label}
      </Button>
      <output className="visually-hidden">{words}</output>
    </>
  );
}

async function copy(text: string): Promise<Outcome> {
  try {
    await navigator.clipboard.writeText(text);
    return 'copied';
  } catch {
    return copyTheOldWay(text) ? 'copied' : 'failed';
  }
}

// Browsers give pages without https or localhost no clipboard, and let them answer the copying of a selection.
function copyTheOldWay(text: string): boolean {
  let isCopied = false;
  const answer = (event: ClipboardEvent): void => {
    event.clipboardData?.setData('text/plain', text);
    event.preventDefault();
    isCopied = true;
  };
  document.addEventListener('copy', answer);
  document.execCommand('copy');
  document.removeEventListener('copy', answer);
  return isCopied;
}
