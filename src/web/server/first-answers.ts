import { type Query, useIsFetching } from '@tanstack/react-query';
import { useEffect, useState } from 'react';

// What takes longer comes later, each part at its place.
const LIMIT_MS = 1000;

/**
 * Whether what is asked for first of a server has been answered: its parts are then as high as they will be, and none moves
 * as another arrives. True after a second in any case. Begins anew for another server only where its page does.
 */
export function useFirstAnswers(qualifiedName: string): boolean {
  const [isOver, setOver] = useState(false);
  const awaited = useIsFetching({ predicate: (query) => isFirstOf(qualifiedName, query) });
  if (awaited === 0 && !isOver) setOver(true);
  useEffect(() => {
    const timer = setTimeout(() => setOver(true), LIMIT_MS);
    return () => clearTimeout(timer);
  }, []);
  return isOver;
}

// An icon has its room from the beginning on.
function isFirstOf(qualifiedName: string, { queryKey, state }: Query): boolean {
  return state.status === 'pending' && queryKey.includes(qualifiedName) && !queryKey.includes('icon');
}
