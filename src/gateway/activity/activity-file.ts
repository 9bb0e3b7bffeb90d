import type { ActivityEntry } from '#contract/activity.ts';

/** Writes entries as the text of a file, page by page. */
export interface ActivityFile {
  contentType: string;
  extension: string;
  start: string;
  page: (entries: readonly ActivityEntry[], isFirst: boolean) => string;
  end: string;
}

// A table program takes a cell that begins with one of these for a formula, which others could have written: an apostrophe
// before it makes it text. Source: OWASP, CSV Injection.
const FORMULA = /^\s*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]/;

type Cell = string | number | null;

const columns: readonly (readonly [name: string, cell: (entry: ActivityEntry) => Cell])[] = [
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

// RFC 4180: lines end with CRLF.
const csvLine = (cells: readonly Cell[]): string => `${cells.map(csvCell).join(',')}\r\n`;

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

function csvCell(value: Cell): string {
  const text = String(value ?? '');
  const harmless = FORMULA.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
