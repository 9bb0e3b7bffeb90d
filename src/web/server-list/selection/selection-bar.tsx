import { Download } from 'lucide-react';
import { useRef } from 'react';
import type { OwnedServer } from '#contract/owned-servers.ts';
import { formatCount, formatNumber } from '#web/lib/format.ts';
import { saveFile } from '#web/lib/save-file.ts';
import type { ViewRows } from '#web/server-list/reading/view-rows.ts';
import { Button } from '#web/ui/button.tsx';
import { CopyButton } from '#web/ui/copy-button.tsx';
import { showToast, useToastRoom } from '#web/ui/toast/toast-store.ts';
import type { Selection } from './selection.ts';
import styles from './selection-bar.module.css';

interface SelectionBarProps {
  selection: Selection;
  /** The rows that are shown, and all that are loaded. */
  rows: ViewRows;
  loaded: ViewRows;
}

/** What can be done with the selected servers; nothing where none is. */
export function SelectionBar({ selection, rows, loaded }: SelectionBarProps) {
  const { names } = selection;
  const toastRoom = useToastRoom();
  const bar = useRef<HTMLElement>(null);
  if (names.size === 0) return null;
  // Those that are gone are none any more.
  const selected = loaded.servers
    .slice(0, loaded.count)
    .filter(({ qualifiedName }) => names.has(qualifiedName));
  if (selected.length === 0) return null;
  const matching = rows.servers.slice(0, rows.count);
  const isAll = matching.every(({ qualifiedName }) => names.has(qualifiedName));
  const shown = new Set(matching.map(({ qualifiedName }) => qualifiedName));
  const hidden = selected.filter(({ qualifiedName }) => !shown.has(qualifiedName)).length;
  const selectMatching = () => {
    selection.add(matching.map(({ qualifiedName }) => qualifiedName));
    // The button goes, and what can be done with them is next to it.
    bar.current?.focus();
  };
  return (
    <section
      ref={bar}
      className={styles['bar']}
      style={toastRoom > 0 ? { bottom: toastRoom + 16 } : undefined}
      aria-label="Selection"
      tabIndex={-1}
    >
      <output className={styles['count']}>
        {formatNumber(selected.length)} selected
        {hidden > 0 && `, ${formatNumber(hidden)} of them not shown`}
      </output>
      {!isAll && (
        <Button size="sm" onClick={selectMatching}>
          Select all {formatNumber(matching.length)} matching
        </Button>
      )}
      <Actions selected={selected} />
      <Button size="sm" variant="ghost" onClick={selection.clear}>
        Clear
      </Button>
    </section>
  );
}

function Actions({ selected }: { selected: readonly OwnedServer[] }) {
  const save = (kind: 'csv' | 'json') => {
    const now = new Date();
    const name = `servers-${now.toISOString().slice(0, 10)}.${kind}`;
    // Few save a list: what writes it is loaded then.
    import('./export-servers.ts').then(
      ({ serversAsCsv, serversAsJson }) =>
        kind === 'csv'
          ? saveFile(name, textFile('text/csv', serversAsCsv(selected, now)))
          : saveFile(name, textFile('application/json', serversAsJson(selected))),
      () =>
        showToast({
          tone: 'danger',
          message:
            'Nothing was saved: a part of this page could not be loaded. Check your connection and try again.',
        }),
    );
  };
  const what = formatCount(selected.length, 'server');
  return (
    <>
      <CopyButton
        text={selected.map(({ qualifiedName }) => qualifiedName).join('\n')}
        label="Copy names"
        isWritten
      />
      <Button size="sm" title={`Save ${what} as CSV`} onClick={() => save('csv')}>
        <Download size={14} aria-hidden /> CSV
      </Button>
      <Button size="sm" title={`Save ${what} as JSON`} onClick={() => save('json')}>
        <Download size={14} aria-hidden /> JSON
      </Button>
    </>
  );
}

function textFile(type: string, text: string): Blob {
  return new Blob([text], { type: `${type};charset=utf-8` });
}
