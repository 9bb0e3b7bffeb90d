import { ChipGroup } from '#web/ui/fields/chip-group.tsx';
import { SearchBox } from '#web/ui/fields/search-box.tsx';
import { Select } from '#web/ui/fields/select.tsx';
import styles from './list-toolbar.module.css';
import type { ListView, SortOrder, StateFilter } from './list-view.ts';

interface ListToolbarProps {
  view: ListView;
  namespaces: readonly string[];
  onChange: (change: Partial<ListView>) => void;
}

const states: { value: StateFilter | null; words: string; title?: string }[] = [
  { value: null, words: 'All' },
  { value: 'live', words: 'Live' },
  { value: 'local', words: 'Local' },
  { value: 'other', words: 'Not live', title: 'Failed, releasing, external or never released' },
];

const orders: { value: SortOrder; words: string }[] = [
  { value: 'uses', words: 'Most used' },
  { value: 'name', words: 'Name' },
  { value: 'newest', words: 'Newest' },
];

/** More namespaces than this would not fit in one line. */
const MOST_CHIPS = 4;

/** Search, filters and order of the list. */
export function ListToolbar({ view, namespaces, onChange }: ListToolbarProps) {
  return (
    <search className={styles['toolbar']}>
      <SearchBox label="Search servers" value={view.query} onChange={(query) => onChange({ query })} />
      <div className={styles['filters']}>
        <ChipGroup
          label="State"
          options={states}
          value={view.state}
          onChange={(state) => onChange({ state })}
        />
        <NamespaceFilter
          namespaces={namespaces}
          namespace={view.namespace}
          onChange={(namespace) => onChange({ namespace })}
        />
        <Select label="Sort" options={orders} value={view.sort} onChange={(sort) => onChange({ sort })} />
      </div>
    </search>
  );
}

interface NamespaceFilterProps {
  namespaces: readonly string[];
  namespace: string | null;
  onChange: (namespace: string | null) => void;
}

function NamespaceFilter({ namespaces, namespace, onChange }: NamespaceFilterProps) {
  if (namespaces.length < 2) return null;
  if (namespaces.length > MOST_CHIPS) {
    const options = [
      { value: '', words: 'All' },
      ...namespaces.map((name) => ({ value: name, words: name })),
    ];
    return (
      <Select
        label="Namespace"
        options={options}
        value={namespace ?? ''}
        onChange={(value) => onChange(value === '' ? null : value)}
      />
    );
  }
  const options = [
    { value: null, words: 'All namespaces' },
    ...namespaces.map((name) => ({ value: name, words: name })),
  ];
  return <ChipGroup label="Namespace" options={options} value={namespace} onChange={onChange} />;
}
