import { type FocusEvent, type RefObject, useLayoutEffect, useState } from 'react';
import type { ServerOrder } from '#contract/owned-servers.ts';
import type { ListOrder } from '#web/api/server-cache/server-cache.ts';
import type { FoundRows } from '#web/server-list/search/found-rows.ts';
import type { Selection } from '#web/server-list/selection/selection.ts';
import { firstDirections } from '#web/components/list-view.ts';
import { useMediaQuery } from '#web/ui/media-query.ts';
import { Table, TableRow } from '#web/ui/table.tsx';
import { moveByKey } from './row-keys.ts';
import { ServerRow, ServerRowSkeleton } from './server-row.tsx';
import styles from './server-rows.module.css';
import { useVisibleRows } from './visible-rows.ts';

/** What the page knows of its rows: which can be seen now. */
export interface RowWindow {
  seenStart: number;
  seenEnd: number;
}

interface ServersTableProps {
  /** Undefined while the first are on their way. */
  rows: FoundRows | undefined;
  /** Null: the best hits first. */
  order: ListOrder | null;
  onSort: (order: ListOrder) => void;
  selection: Selection;
  /** The element that holds the rows. */
  list: RefObject<HTMLTableSectionElement | null>;
  /** Called with which rows can be seen. */
  onSeen: (rows: RowWindow) => void;
  /** The names of those. */
  seenNames: () => readonly string[];
  /** How far the window will be scrolled once the rows are drawn; undefined: as it is. */
  scrollY: number | undefined;
  /** Called as a row gets the focus or is opened. */
  onRow: (qualifiedName: string, index: number) => void;
  /** Called where an arrow leads above the first row. */
  onLeave: () => void;
}

const columns: readonly { name: string; sort: ServerOrder; align?: 'end' }[] = [
  { name: 'Server', sort: 'name' },
  { name: 'State', sort: 'state' },
  { name: 'Last release', sort: 'released' },
  { name: 'Last call', sort: 'called' },
  { name: 'Uses', sort: 'uses', align: 'end' },
];

/** The servers under their headings, which put them in order. */
export function ServersTable({ rows, order, onSort, ...rest }: ServersTableProps) {
  const headings = columns.map(({ name, align, sort }) => ({
    name,
    align,
    sort: {
      direction: order?.sort === sort ? ariaDirections[order.direction] : ('none' as const),
      // A second press turns it around.
      onSort: () =>
        onSort({
          sort,
          direction: order?.sort === sort ? opposites[order.direction] : firstDirections[sort],
        }),
    },
  }));
  const box = {
    name: 'Selection',
    content: rows && <SelectSeen selection={rest.selection} seenNames={rest.seenNames} />,
  };
  return (
    <Table label="Servers" className={styles['table']} rowCount={rows?.count} columns={[box, ...headings]}>
      {rows === undefined ? <ServerRowsSkeleton /> : <ServerRows rows={rows} {...rest} />}
    </Table>
  );
}

const ariaDirections = { asc: 'ascending', desc: 'descending' } as const;
const opposites = { asc: 'desc', desc: 'asc' } as const;

type RowsProps = Omit<ServersTableProps, 'rows' | 'order' | 'onSort'> & { rows: FoundRows };

/** The box in the head: selects the rows that can be seen, or none of them. */
function SelectSeen({ selection, seenNames }: Pick<ServersTableProps, 'selection' | 'seenNames'>) {
  const isAny = selection.names.size > 0;
  return (
    <label className={styles['all']}>
      <input
        type="checkbox"
        aria-label="Select all shown"
        checked={isAny}
        onChange={() => (isAny ? selection.clear() : selection.add(seenNames()))}
      />
    </label>
  );
}

/** All of the servers, of which only those near the window are in the page. */
function ServerRows({ rows, selection, list, onSeen, scrollY, onRow, onLeave }: RowsProps) {
  const rowHeight = useRowHeight();
  const { servers, count } = rows;
  const [focused, setFocused] = useState(-1);
  const visible = useVisibleRows({ count, rowHeight, list, scrollY });
  useLayoutEffect(() => onSeen(visible));

  const indexes = Array.from({ length: visible.end - visible.start }, (_, at) => visible.start + at);
  // The row that has the focus stays in the page however far it is scrolled away, or the focus would be lost with it.
  if (focused >= 0 && focused < count && (focused < visible.start || focused >= visible.end)) {
    indexes.splice(focused < visible.start ? 0 : indexes.length, 0, focused);
  }

  const noteFocus = ({ target }: FocusEvent) => {
    const index = Number(target.closest('[data-index]')?.getAttribute('data-index') ?? -1);
    const server = servers[index];
    setFocused(index);
    if (server !== undefined) onRow(server.qualifiedName, index);
  };

  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- it hears what the links and boxes in it do
    <tbody
      ref={list}
      className={styles['rows']}
      style={{ height: count * rowHeight }}
      onFocus={noteFocus}
      onBlur={() => setFocused(-1)}
      onKeyDown={(event) => moveByKey(event, { count, rowHeight, onLeave })}
    >
      {indexes.map((index) => {
        const server = servers[index];
        if (server === undefined) return null;
        const { qualifiedName } = server;
        return (
          <TableRow
            key={qualifiedName}
            index={index}
            className={styles['row']}
            style={{ height: rowHeight, transform: `translateY(${index * rowHeight}px)` }}
            data-index={index}
            // A browser may leave the focus where it is when a link is pressed.
            onClick={() => onRow(qualifiedName, index)}
          >
            <ServerRow
              server={server}
              words={rows.similarWords.get(qualifiedName) ?? rows.words}
              isSelected={selection.names.has(qualifiedName)}
              onSelect={selection.select}
              isSettled={!visible.isScrolling}
            />
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
    <tbody aria-hidden className={styles['rows']} style={{ height: skeletonRows.length * rowHeight }}>
      {skeletonRows.map((row) => (
        <TableRow
          key={row}
          index={row}
          className={styles['row']}
          style={{ height: rowHeight, transform: `translateY(${row * rowHeight}px)` }}
        >
          <ServerRowSkeleton />
        </TableRow>
      ))}
    </tbody>
  );
}

const skeletonRows = Array.from({ length: 12 }, (_, row) => row);

/** The height of every row, in pixels: a line of a table, or a card; on a phone one with room for names of two lines. */
export function useRowHeight(): number {
  const isCard = useMediaQuery('(max-width: 859px)');
  const isPhone = useMediaQuery('(max-width: 639px)');
  if (isPhone) return 144;
  return isCard ? 128 : 56;
}
