// Engines bound how many values a statement may carry (SQLite 32,766), and rows here have up to thirty.
const ROWS_PER_STATEMENT = 500;

/** Cuts rows into pieces that one statement can carry, or into smaller ones. */
export function* chunks<Row>(rows: readonly Row[], size = ROWS_PER_STATEMENT): Generator<Row[]> {
  for (let i = 0; i < rows.length; i += size) yield rows.slice(i, i + size);
}
