import { ArrowDown, ArrowUp, ChevronsUpDown } from 'lucide-react';
import type { ComponentProps, ReactNode } from 'react';
import { classNames } from './class-names.ts';
import styles from './table.module.css';

/** A column's heading. */
interface Column {
  name: string;
  /** Stands in place of the name. */
  content?: ReactNode;
  /** `end` for numbers. */
  align?: 'end' | undefined;
  /** Present where the rows can be put in this column's order: which they are in, and what a press does. */
  sort?: { direction: 'ascending' | 'descending' | 'none'; onSort: () => void };
}

interface TableProps {
  /** What the rows are, for the accessible name. */
  label: string;
  columns: readonly Column[];
  /** How many rows there are in all, where not all of them are in the page; undefined while nobody knows. */
  rowCount: number | undefined;
  /** Sets `--columns`, the widths of the columns as a grid has them. */
  className: string | undefined;
  /** The `tbody`, with a `TableRow` for each row. */
  children: ReactNode;
}

/** Rows under a row of headings. On a phone there are no headings: each row is a card that speaks for itself. */
export function Table({ label, columns, rowCount, className, children }: TableProps) {
  return (
    <table
      className={classNames(styles['table'], className)}
      aria-label={label}
      // Counted with the headings, as its rows are.
      aria-rowcount={rowCount === undefined ? -1 : rowCount + 1}
    >
      <thead className={styles['head']}>
        <tr aria-rowindex={1}>
          {columns.map((column) => (
            <Heading key={column.name} {...column} />
          ))}
        </tr>
      </thead>
      {children}
    </table>
  );
}

/** One row; `index` counts from 0 among all rows, in the page or not. A cell may span all columns. */
export function TableRow({ index, ...row }: ComponentProps<'tr'> & { index: number }) {
  return <tr {...row} aria-rowindex={index + 2} />;
}

const sortIcons = { ascending: ArrowUp, descending: ArrowDown, none: ChevronsUpDown } as const;

function Heading({ name, content = name, align, sort }: Column) {
  const Icon = sort && sortIcons[sort.direction];
  return (
    <th scope="col" className={align && styles[align]} aria-sort={sort?.direction}>
      {Icon === undefined ? (
        content
      ) : (
        <button type="button" className={styles['sort']} onClick={sort?.onSort}>
          {name}
          <Icon size={14} aria-hidden />
        </button>
      )}
    </th>
  );
}
