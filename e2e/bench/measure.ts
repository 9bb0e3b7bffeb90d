/** One row of the report: what was measured, its figures and their unit. */
export interface Row {
  group: string;
  name: string;
  unit: 'ms' | 'kB' | 'count' | '/s' | '×' | 'score';
  /** The number to quote: a median unless the name says otherwise. */
  value: number;
  min: number;
  max: number;
  samples: number;
}

/** The value below which `share` (0 to 1) of the samples lie, by nearest rank. */
export function quantile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))] ?? Number.NaN;
}

/** The median with its spread. */
export function medianRow(group: string, name: string, unit: Row['unit'], samples: readonly number[]): Row {
  return {
    group,
    name,
    unit,
    value: quantile(samples, 0.5),
    min: Math.min(...samples),
    max: Math.max(...samples),
    samples: samples.length,
  };
}

/** p50 and p99 of many latencies, as two rows. */
export function latencyRows(group: string, name: string, samples: readonly number[]): Row[] {
  const spread = { min: Math.min(...samples), max: Math.max(...samples), samples: samples.length };
  return [
    { group, name: `${name} p50`, unit: 'ms', value: quantile(samples, 0.5), ...spread },
    { group, name: `${name} p99`, unit: 'ms', value: quantile(samples, 0.99), ...spread },
  ];
}

/** How long this takes, in milliseconds. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/** The report as text, a table a group. */
export function printTable(rows: readonly Row[]): string {
  const number = new Intl.NumberFormat('en', { maximumFractionDigits: 2 });
  const width = Math.max(...rows.map(({ name }) => name.length));
  let group = '';
  const lines = rows.flatMap((row) => {
    const figures = [row.value, row.min, row.max]
      .map((figure) => number.format(figure).padStart(11))
      .join(' ');
    const line = `  ${row.name.padEnd(width)} ${figures} ${row.unit.padEnd(5)} ${row.samples}`;
    if (row.group === group) return [line];
    group = row.group;
    return [
      '',
      row.group,
      `  ${''.padEnd(width)} ${'median'.padStart(11)} ${'min'.padStart(11)} ${'max'.padStart(11)} unit  samples`,
      line,
    ];
  });
  return lines.join('\n');
}
