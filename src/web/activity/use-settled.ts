import { useEffect, useState } from 'react';

const SETTLED_MS = 250;

/** The text once nothing was typed for a moment; at first, and where it was emptied, at once. */
export function useSettled(text: string): string {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), SETTLED_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return text.trim() === '' ? '' : settled;
}
