import { useState } from 'react';
import { NavigationType, useLocation, useNavigate, useNavigationType } from 'react-router';
import { formatView, type ListView, parseView, settle } from '#web/components/list-view.ts';

/**
 * The view of the list and a function that changes parts of it. The address follows each change, so that it can be
 * shared and gone back to; the state here is what the fields show, since an address changes a moment too late to
 * type against. What is typed changes the entry of the history, any other choice adds one. A navigation by anyone else,
 * as Back or a link to the page itself, sets the view anew.
 */
export function useListView(): [ListView, (change: Partial<ListView>) => void] {
  const location = useLocation();
  const navigate = useNavigate();
  const navigationType = useNavigationType();
  const [view, setView] = useState(() => parseView(new URLSearchParams(location.search)));
  const [seenKey, setSeenKey] = useState(location.key);
  if (location.key !== seenKey) {
    setSeenKey(location.key);
    // Back leads to addresses that this made, too: it alone is then told by the kind of navigation.
    if (navigationType === NavigationType.Pop || !isByView(location.state)) {
      setView(parseView(new URLSearchParams(location.search)));
    }
  }

  const change = (part: Partial<ListView>) => {
    const next = settle({ ...view, ...part });
    setView(next);
    const address = { pathname: location.pathname, search: formatView(next) };
    if (address.search === formatView(view)) return;
    const isTyped = Object.keys(part).every((name) => name === 'query');
    void navigate(address, { replace: isTyped, preventScrollReset: true, state: { byView: true } });
  };
  return [view, change];
}

function isByView(state: unknown): boolean {
  return typeof state === 'object' && state !== null && 'byView' in state;
}
