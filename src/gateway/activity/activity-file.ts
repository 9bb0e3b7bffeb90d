import type { ActivityEntry } from '#contract/activity.ts';
import { csvLine, type CsvCell } from '#contract/csv-line.ts';

/** Writes entries as the text of a file, page by page. */
export interface ActivityFile {
  contentType: string;
  extension: string;
  start: string;
  page: (entries: readonly ActivityEntry[], isFirst: boolean) => string;
  end: string;
}

const columns: readonly (readonly [name: string, cell: (entry: ActivityEntry) => CsvCell])[] = [
  ['When', ({ at }) => at],
  ['Action', ({ action }) => action],
  ['What', ({ target }) => target],
  ['Server id', ({ targetId }) => targetId],
  ['Who', ({ actor }) => actor.user],
  ['Key label', ({ actor }) => actor.keyLabel],
  ['Kind of actor', ({ actor }) => actor.kind],
  ['From', ({ origin }) => origin],
  ['Product', ({ product }) => product],
  ['Address', ({ address }) => address],
  ['Outcome', ({ outcome }) => outcome],
  ['Finding', ({ operation }) => operation?.finding ?? null],
  ['Note', ({ note }) => note],
  ['Changes', ({ changes }) => (changes.length === 0 ? null : JSON.stringify(changes))],
  ['Request id', ({ requestId }) => requestId],
  ['Operation id', ({ operationId }) => operationId],
];

/** By the format that is asked for. */
export const activityFiles: Readonly<Record<'csv' | 'json', ActivityFile>> = {
  csv: {
    contentType: 'text/csv; charset=utf-8; header=present',
    extension: 'csv',
    start: csvLine(columns.map(([name]) => name)),
    page: (entries) => entries.map((entry) => csvLine(columns.map(([, cell]) => cell(entry)))).join(''),
    end: '',
  },
  json: {
    contentType: 'application/json',
    extension: 'json',
    start: '[',
    page: (entries, isFirst) =>
      entries.map((entry, i) => `${isFirst && i === 0 ? '' : ','}\n${JSON.stringify(entry)}`).join(''),
    end: '\n]\n',
  },
};
