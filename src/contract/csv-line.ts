/** What a cell of a table holds; null and undefined leave it empty. */
export type CsvCell = string | number | null | undefined;

// A table program takes text that begins with one of these for a formula, which others could have written: an apostrophe
// before it makes it text. Source: OWASP, CSV Injection.
const FORMULA = /^\s*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/;

/** A line of a table as RFC 4180 has it, with its end, for browser and server alike. Figures stay figures. */
export function csvLine(cells: readonly CsvCell[]): string {
  return `${cells.map(csvCell).join(',')}\r\n`;
}

function csvCell(cell: CsvCell): string {
  if (typeof cell !== 'string') return String(cell ?? '');
  const harmless = FORMULA.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]|^\s|\s$/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
