import { createRequire } from 'node:module';
import { cruise, type ICruiseOptions, type IFlattenedRuleSet } from 'dependency-cruiser';
import { describe, expect, it } from 'vitest';
import { folderCircles } from './support/folder-circles.ts';

interface Rules extends IFlattenedRuleSet {
  options: ICruiseOptions;
}

describe('the architecture', () => {
  it('has no circle between the folders of a room', async () => {
    const { options } = createRequire(import.meta.url)('../.dependency-cruiser.cjs') as Rules;
    const { output } = await cruise(['src'], options);
    if (typeof output === 'string') throw new Error(output);
    expect(folderCircles(output.modules)).toEqual([]);
    // One that saw no folders would also see no circles.
    const looksAt = new Set(output.modules.map(({ source }) => source.split('/').slice(0, 3).join('/')));
    expect(looksAt).toContain('src/registry/servers');
  });

  it('has no import against its arrows', async () => {
    const rules = createRequire(import.meta.url)('../.dependency-cruiser.cjs') as Rules;
    const { options, ...ruleSet } = rules;
    const { output } = await cruise(['src', 'e2e'], { ...options, ruleSet, validate: true });
    if (typeof output === 'string') throw new Error(output);
    const broken = output.summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} → ${to}`);
    expect(broken).toEqual([]);
    // A cruise that found nothing to look at would also find nothing wrong.
    expect(output.summary.totalDependenciesCruised).toBeGreaterThan(100);
  });
});
