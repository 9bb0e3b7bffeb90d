import {
  defaultRangeExtractor,
  observeWindowOffset,
  type Range,
  useWindowVirtualizer,
} from '@tanstack/react-virtual';
import { useCallback, useDeferredValue, useLayoutEffect, useRef, useState } from 'react';
import type { ListedServer } from '#contract/registry-answers.ts';
import { useMediaQuery } from '#web/ui/media-query.ts';
import { Table, TableRow } from '#web/ui/table.tsx';
import type { SortOrder } from './list-view.ts';
import { ServerRow, ServerRowSkeleton } from './server-row.tsx';
import styles from './server-rows.module.css';

const OVERSCAN = 8;

// Where the list stood the last time: how many rows can be seen is known before it is drawn again.
let lastMargin = 0;

interface ServersTableProps {
  /** Undefined while the first are on their way. */
  servers: readonly ListedServer[] | undefined;
  sort: SortOrder;
  onSort: (order: SortOrder) => void;
}

/** The servers under their headings, which put them in order. */
export function ServersTable({ servers, sort, onSort }: ServersTableProps) {
  const sortBy = (order: SortOrder, direction: 'ascending' | 'descending') => ({
    direction: order === sort ? direction : ('none' as const),
    onSort: () => onSort(order),
  });
  return (
    <Table
      label="Servers"
      className={styles['table']}
      rowCount={servers?.length}
      columns={[
        { name: 'Server', sort: sortBy('name', 'ascending') },
        { name: 'State' },
        { name: 'Last release' },
        { name: 'Uses', align: 'end', sort: sortBy('uses', 'descending') },
      ]}
    >
      {servers === undefined ? <ServerRowsSkeleton /> : <ServerRows servers={servers} />}
    </Table>
  );
}

/** All of the servers, of which only those near the window are in the page. */
function ServerRows({ servers }: { servers: readonly ListedServer[] }) {
  const listRef = useRef<HTMLTableSectionElement>(null);
  const rowHeight = useRowHeight();
  const [scrollMargin, setScrollMargin] = useState(lastMargin);
  // What can be seen comes first, the rows around it a moment later.
  const isDrawn = useDeferredValue(true, false);

  // What stands above the list may grow or go, and the whole page with it.
  useLayoutEffect(() => {
    const measure = () => {
      const top = listRef.current?.getBoundingClientRect().top ?? 0;
      lastMargin = Math.round(top + window.scrollY);
      setScrollMargin(lastMargin);
    };
    const observer = new ResizeObserver(measure);
    observer.observe(document.body);
    return () => observer.disconnect();
  }, []);

  // oxlint-disable-next-line react/incompatible-library -- it is about the React compiler, which is not used here
  const virtualizer = useWindowVirtualizer({
    count: servers.length,
    estimateSize: () => rowHeight,
    getItemKey: useCallback((index: number) => servers[index]?.qualifiedName ?? index, [servers]),
    rangeExtractor: useCallback((range: Range) => withFocused(range, listRef.current), []),
    overscan: isDrawn ? OVERSCAN : 0,
    scrollMargin,
    initialOffset: () => window.scrollY,
    observeElementOffset: observeMoves,
    // Only the browser scrolls here; the window is where it is when the list is drawn.
    scrollToFn: () => {},
  });
  useLayoutEffect(() => virtualizer.measure(), [virtualizer, rowHeight]);

  return (
    <tbody ref={listRef} className={styles['rows']} style={{ height: virtualizer.getTotalSize() }}>
      {virtualizer.getVirtualItems().map(({ key, index, start }) => {
        const server = servers[index];
        if (server === undefined) return null;
        return (
          <TableRow
            key={key}
            index={index}
            className={styles['row']}
            style={{ height: rowHeight, transform: `translateY(${start - scrollMargin}px)` }}
            data-index={index}
          >
            <ServerRow server={server} isSettled={!virtualizer.isScrolling} />
          </TableRow>
        );
      })}
    </tbody>
  );
}

/** Rows that stand in for the first servers while they are on their way, at exactly their height. */
function ServerRowsSkeleton() {
  const rowHeight = useRowHeight();
  return (
    <tbody aria-hidden>
      {skeletonRows.map((row) => (
        <TableRow key={row} index={row} style={{ height: rowHeight }}>
          <ServerRowSkeleton />
        </TableRow>
      ))}
    </tbody>
  );
}

const skeletonRows = Array.from({ length: 12 }, (_, row) => row);

// A scroll to where the window already is, as after a navigation, is no reason to draw the list again.
const observeMoves: typeof observeWindowOffset = (instance, onOffset) =>
  observeWindowOffset(instance, (offset, isScrolling) => {
    if (!isScrolling || offset !== instance.scrollOffset) onOffset(offset, isScrolling);
  });

function useRowHeight(): number {
  return useMediaQuery('(max-width: 639px)') ? 84 : 56;
}

// The row that has the focus stays in the page however far it is scrolled away, or the focus would be lost with it.
function withFocused(range: Range, list: HTMLElement | null): number[] {
  const indexes = defaultRangeExtractor(range);
  const row = list?.contains(document.activeElement) && document.activeElement?.closest('[data-index]');
  const focused = row ? Number(row.getAttribute('data-index')) : -1;
  if (focused < 0 || focused >= range.count || indexes.includes(focused)) return indexes;
  return [...indexes, focused].sort((a, b) => a - b);
}
