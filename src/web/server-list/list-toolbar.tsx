import { type RefObject } from 'react';
import type { ServerCounts } from '#contract/owned-servers.ts';
import type { ListOrder } from '#web/api/server-cache/server-cache.ts';
import { formatNumber } from '#web/lib/format.ts';
import { Button } from '#web/ui/button.tsx';
import { ChipGroup } from '#web/ui/fields/chip-group.tsx';
import { SearchBox } from '#web/ui/fields/search-box.tsx';
import { Select } from '#web/ui/fields/select.tsx';
import { FilterRules } from './filter-rules.tsx';
import { FILTERS } from './filters.ts';
import styles from './list-toolbar.module.css';
import type { ChipCounts } from './reading/chip-counts.ts';
import { isSameOrder, type ListView } from '#web/components/list-view.ts';

interface ListToolbarProps {
  view: ListView;
  /** The order in which the rows are; null: best hits first. */
  order: ListOrder | null;
  namespaces: readonly string[];
  /** Undefined until they are there. */
  counts: ServerCounts | undefined;
  /** What the chips say; undefined until it is there. */
  chips: ChipCounts | undefined;
  onChange: (change: Partial<ListView>) => void;
  search: {
    field: RefObject<HTMLInputElement | null>;
    onFocus: () => void;
    onEnter: () => void;
    onDown: () => void;
  };
  /** How many rows are not as they are shown, and what shows them. */
  changes: number;
  onShow: () => void;
}

const orders: { order: ListOrder; words: string }[] = [
  { order: { sort: 'uses', direction: 'desc' }, words: 'Most used' },
  { order: { sort: 'uses', direction: 'asc' }, words: 'Least used' },
  { order: { sort: 'name', direction: 'asc' }, words: 'Name' },
  { order: { sort: 'name', direction: 'desc' }, words: 'Name, from Z' },
  { order: { sort: 'state', direction: 'asc' }, words: 'State' },
  { order: { sort: 'state', direction: 'desc' }, words: 'State, reversed' },
  { order: { sort: 'released', direction: 'desc' }, words: 'Last released' },
  { order: { sort: 'released', direction: 'asc' }, words: 'Longest not released' },
  { order: { sort: 'called', direction: 'desc' }, words: 'Last called' },
  { order: { sort: 'called', direction: 'asc' }, words: 'Longest not called' },
  { order: { sort: 'created', direction: 'desc' }, words: 'Newest' },
  { order: { sort: 'created', direction: 'asc' }, words: 'Oldest' },
];
const orderOptions = orders.map(({ order, words }) => ({ value: orderValue(order), words }));
const best = { value: '', words: 'Best match' };

function orderValue({ sort, direction }: ListOrder): string {
  return `${sort} ${direction}`;
}

/** Search, order and filters of the list. */
export function ListToolbar(props: ListToolbarProps) {
  const { view, order, namespaces, counts, chips, onChange, search, changes, onShow } = props;
  // One that is in the address and not among them is chosen all the same.
  const choices =
    view.namespace === null || namespaces.includes(view.namespace)
      ? namespaces
      : [...namespaces, view.namespace];
  const filters = FILTERS.filter(
    ({ filter }) => counts === undefined || counts.filters[filter] !== undefined,
  );
  const options = [
    { value: null, words: 'All', count: countWords(chips?.total) },
    ...filters.map(({ filter, words, rules }) => ({
      value: filter,
      words,
      title: rules.join('\n'),
      count: countWords(chips?.filters[filter]),
    })),
  ];
  return (
    <search className={styles['toolbar']}>
      <div className={styles['line']}>
        <SearchBox
          label="Search servers"
          value={view.query}
          onChange={(query) => onChange({ query })}
          {...search}
        />
        {(namespaces.length > 1 || view.namespace !== null) && (
          <Select
            label="Namespace"
            options={[
              { value: '', words: 'All' },
              ...choices.map((name) => ({ value: name, words: nameWithCount(name, counts) })),
            ]}
            value={view.namespace ?? ''}
            onChange={(value) => onChange({ namespace: value === '' ? null : value })}
          />
        )}
        <Select
          label="Sort"
          options={view.query.trim() === '' ? orderOptions : [best, ...orderOptions]}
          value={order === null ? best.value : orderValue(order)}
          onChange={(value) => {
            const chosen = orders.find((option) => orderValue(option.order) === value)?.order ?? null;
            if (chosen === null || order === null || !isSameOrder(chosen, order)) onChange({ order: chosen });
          }}
        />
      </div>
      <div className={styles['line']}>
        <div className={styles['filters']}>
          <ChipGroup
            label="Filter"
            options={options}
            value={view.filter}
            onChange={(filter) => onChange({ filter })}
          />
        </div>
        <FilterRules />
        <output className={styles['changes']}>
          {changes > 0 && (
            <Button size="sm" onClick={onShow}>
              {changes === 1 ? '1 change' : `${formatNumber(changes)} changes`}, show
            </Button>
          )}
        </output>
      </div>
    </search>
  );
}

function countWords(count: number | undefined): string | undefined {
  return count === undefined ? undefined : formatNumber(count);
}

function nameWithCount(name: string, counts: ServerCounts | undefined): string {
  const count = counts?.namespaces[name];
  return count === undefined ? name : `${name} (${formatNumber(count)})`;
}
