import { type QueryClient, useQueryClient } from '@tanstack/react-query';
import { type RefObject, useEffect, useEffectEvent, useState } from 'react';
import type { ActivityEntry, ActivityList } from '#contract/activity.ts';
import {
  type ActivityData,
  activityNewsQuery,
  activityQuery,
  type ActivityQuery,
  changeKey,
  entriesOf,
} from '#web/api/activity.ts';

// With the time that an answer takes, less than ten seconds.
const EVERY_MS = 5000;
const EVERY_MS_WHILE_OPEN = 2000;
// So long nothing of the table may have been pointed at or focused, before rows come in by themselves.
const CALM_MS = 1000;
const TOUCHES = ['pointermove', 'pointerdown', 'pointerout', 'focusin', 'focusout'];

interface Shown {
  filter: ActivityQuery;
  entries: readonly ActivityEntry[];
  table: RefObject<HTMLElement | null>;
}

interface News {
  /** How many changes wait to be shown. */
  count: number;
  show: () => void;
}

/**
 * Asks for what happened since, again and again while the page is seen. What became of the rows that are there is brought
 * into them; new rows come in by themselves only while nothing of the table is pointed at or focused, or was just now.
 */
export function useNews({ filter, entries, table }: Shown): News {
  const client = useQueryClient();
  const [told, setTold] = useState<{ filter: ActivityQuery; list: ActivityList } | null>(null);
  // Of another view, it is none here.
  const waiting = told?.filter === filter ? told.list : null;

  const show = (list: ActivityList) => {
    setTold(null);
    takeIn(client, filter, list);
  };

  const ask = useEffectEvent(async (isCalm: () => boolean) => {
    if (document.visibilityState === 'hidden' || !navigator.onLine) return;
    const list = await client.fetchQuery(activityNewsQuery(filter)).catch(() => undefined);
    const data = client.getQueryData(activityQuery(filter).queryKey);
    if (list === undefined || data === undefined) return;
    client.setQueryData(activityQuery(filter).queryKey, withOutcomes(data, list));
    const inNews = new Set(list.entries.map(changeKey));
    const isOlderOpen = entriesOf(data).some((entry) => isUnderWay(entry) && !inNews.has(changeKey(entry)));
    if (isOlderOpen) void client.refetchQueries({ queryKey: activityQuery(filter).queryKey, exact: true });
    if (newTo(entriesOf(data), list).length === 0) setTold(null);
    else if (isCalm()) show(list);
    else setTold({ filter, list });
  });
  const pause = useEffectEvent(() => (entries.some(isUnderWay) ? EVERY_MS_WHILE_OPEN : EVERY_MS));
  const showWaiting = useEffectEvent(() => {
    if (waiting !== null) show(waiting);
  });

  useEffect(() => {
    let isOver = false;
    let touchedAt = 0;
    const note = ({ target }: Event) => {
      if (target instanceof Node && table.current?.contains(target) === true) touchedAt = Date.now();
    };
    const isCalm = () =>
      table.current?.matches(':hover, :focus-within') !== true && Date.now() - touchedAt > CALM_MS;
    for (const touch of TOUCHES) document.addEventListener(touch, note, { passive: true });
    const calm = setInterval(() => {
      if (isCalm()) showWaiting();
    }, 500);
    let timer: ReturnType<typeof setTimeout>;
    const wait = () => {
      if (!isOver) timer = setTimeout(() => void ask(isCalm).finally(wait), pause());
    };
    wait();
    return () => {
      isOver = true;
      clearTimeout(timer);
      clearInterval(calm);
      for (const touch of TOUCHES) document.removeEventListener(touch, note);
    };
  }, [table]);

  return {
    count: waiting === null ? 0 : newTo(entries, waiting).length,
    show: () => {
      if (waiting !== null) show(waiting);
    },
  };
}

/** Puts them where they belong. Where more happened than one answer holds, all is asked for anew. */
function takeIn(client: QueryClient, filter: ActivityQuery, list: ActivityList): void {
  const { queryKey } = activityQuery(filter);
  const data = client.getQueryData(queryKey);
  if (data === undefined) return;
  const fresh = newTo(entriesOf(data), list);
  if (fresh.length === list.entries.length && list.nextBefore !== null) {
    void client.resetQueries({ queryKey, exact: true });
    return;
  }
  const [first, ...rest] = data.pages;
  if (first === undefined) return;
  const entries = [...fresh, ...first.entries].toSorted((a, b) => b.at.localeCompare(a.at));
  client.setQueryData(queryKey, { ...data, pages: [{ ...first, entries }, ...rest] });
}

/** The same rows, with what the newest answer says of them. */
function withOutcomes(data: ActivityData, { entries, refusedStrangers }: ActivityList): ActivityData {
  const told = new Map(entries.map((entry) => [changeKey(entry), entry]));
  const pages = data.pages.map((page) => ({
    ...page,
    refusedStrangers,
    entries: page.entries.map((entry) => told.get(changeKey(entry)) ?? entry),
  }));
  return { ...data, pages };
}

function newTo(known: readonly ActivityEntry[], { entries }: ActivityList): ActivityEntry[] {
  const keys = new Set(known.map(changeKey));
  return entries.filter((entry) => !keys.has(changeKey(entry)));
}

function isUnderWay({ operation }: ActivityEntry): boolean {
  return (
    operation !== null &&
    (operation.state === 'sending' || (operation.state === 'unknown' && operation.checking))
  );
}
