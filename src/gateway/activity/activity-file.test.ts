import { describe, expect, it } from 'vitest';
import type { ActivityEntry } from '#contract/activity.ts';
import { activityEntry } from '#e2e/support/activity-entry.ts';
import { activityFiles } from './activity-file.ts';

const csv = (entries: ActivityEntry[]) => activityFiles.csv.page(entries, true);

describe('activity as CSV', () => {
  it('quotes commas, quotes and line breaks as RFC 4180 does, and ends lines with CRLF', () => {
    const text = csv([activityEntry({ note: 'He said "no",\nthen left' })]);
    expect(text).toContain(',"He said ""no"",\nthen left",');
    expect(text.endsWith('\r\n')).toBe(true);
    expect(activityFiles.csv.start).toMatch(/^When,Action,What,.*Operation id\r\n$/);
  });

  it.each(['=HYPERLINK("http://evil")', '+1', '-2+3', '@SUM(A1)', '\tx', '\r=1', ' =1+1', '＝1+1'])(
    'makes text of %j, which a table program would take for a formula',
    (label) => {
      const text = csv([activityEntry({ actor: { kind: 'key', user: null, keyId: null, keyLabel: label } })]);
      const cell = `'${label.replaceAll('"', '""')}`;
      expect(text.includes(`,${cell},`) || text.includes(`,"${cell}",`)).toBe(true);
    },
  );

  it('leaves what is no formula as it is', () => {
    expect(csv([activityEntry({ note: 'a=b, 1-2' })])).toContain(',"a=b, 1-2",');
  });
});

describe('activity as JSON', () => {
  it.each([[[]], [[1]], [[2, 1]], [[0, 2]]])(
    'is one list, however many entries its pages %j hold',
    (sizes) => {
      const { start, page, end } = activityFiles.json;
      let isFirst = true;
      let text = start;
      for (const size of sizes) {
        text += page(
          Array.from({ length: size }, (_, i) => activityEntry({ id: `e${i}` })),
          isFirst,
        );
        isFirst &&= size === 0;
      }
      const list = JSON.parse(text + end) as ActivityEntry[];
      expect(list).toHaveLength(sizes.reduce((sum, size) => sum + size, 0));
    },
  );
});
