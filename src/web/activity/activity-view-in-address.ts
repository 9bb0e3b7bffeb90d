import { useState } from 'react';
import { NavigationType, useLocation, useNavigate, useNavigationType } from 'react-router';
import { type ActivityView, formatActivityView, parseActivityView } from './activity-view.ts';

/**
 * The view and a function that changes parts of it. The address follows each change: a choice is an entry of the history,
 * typing is not. The state here is what the fields show, since an address changes a moment too late to type against; going
 * back or forward, or a link, sets it anew.
 */
export function useActivityView(): [ActivityView, (change: Partial<ActivityView>) => void] {
  const location = useLocation();
  const navigate = useNavigate();
  const navigationType = useNavigationType();
  const [view, setView] = useState(() => parseActivityView(new URLSearchParams(location.search)));
  const [seenKey, setSeenKey] = useState(location.key);
  if (location.key !== seenKey) {
    setSeenKey(location.key);
    // An entry that a change made is still one of those when it is come back to.
    if (navigationType === NavigationType.Pop || !isByView(location.state)) {
      setView(parseActivityView(new URLSearchParams(location.search)));
    }
  }

  const change = (part: Partial<ActivityView>) => {
    const next = { ...view, ...part };
    setView(next);
    const isTyping = Object.keys(part).every((name) => name === 'query');
    const address = { pathname: location.pathname, search: formatActivityView(next) };
    void navigate(address, { replace: isTyping, preventScrollReset: true, state: { byView: true } });
  };
  return [view, change];
}

function isByView(state: unknown): boolean {
  return typeof state === 'object' && state !== null && 'byView' in state;
}
