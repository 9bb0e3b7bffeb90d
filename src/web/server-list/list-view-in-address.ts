import { useState } from 'react';
import { useLocation, useNavigate } from 'react-router';
import { formatView, parseView, type ListView } from './list-view.ts';

/**
 * The view of the list and a function that changes parts of it. The address follows each change, so that it can be
 * shared and gone back to; the state here is what the fields show, since an address changes a moment too late to
 * type against. A navigation by anyone else, such as a link to the page itself, sets the view anew.
 */
export function useListView(): [ListView, (change: Partial<ListView>) => void] {
  const location = useLocation();
  const navigate = useNavigate();
  const [view, setView] = useState(() => parseView(new URLSearchParams(location.search)));
  const [seenKey, setSeenKey] = useState(location.key);
  if (location.key !== seenKey) {
    setSeenKey(location.key);
    if (!isByView(location.state)) setView(parseView(new URLSearchParams(location.search)));
  }

  const change = (part: Partial<ListView>) => {
    const next = { ...view, ...part };
    setView(next);
    const address = { pathname: location.pathname, search: formatView(next) };
    void navigate(address, { replace: true, preventScrollReset: true, state: { byView: true } });
  };
  return [view, change];
}

function isByView(state: unknown): boolean {
  return typeof state === 'object' && state !== null && 'byView' in state;
}
