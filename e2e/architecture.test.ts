import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cruise, type ICruiseOptions, type IFlattenedRuleSet } from 'dependency-cruiser';
import { describe, expect, it } from 'vitest';
import { folderCircles } from './support/folder-circles.ts';

interface Rules extends IFlattenedRuleSet {
  options: ICruiseOptions;
}

const rules = createRequire(import.meta.url)('../.dependency-cruiser.cjs') as Rules;

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
    const { options, ...ruleSet } = rules;
    const { output } = await cruise(['src', 'e2e'], { ...options, ruleSet, validate: true });
    if (typeof output === 'string') throw new Error(output);
    const broken = output.summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} → ${to}`);
    expect(broken).toEqual([]);
    // A cruise that found nothing to look at would also find nothing wrong.
    expect(output.summary.totalDependenciesCruised).toBeGreaterThan(100);
  });

  // A page of notes would be a folder `notes`, its calls in `api`, a line in the list of routes, an address, a link.
  it('lets a page be added without a change to any other page', async () => {
    const { files, imports } = await webGraph();
    const folders = new Set(files.filter(isOfPage).map(folderOf));
    const reaching = imports.filter(({ from, to }) => isOfPage(to) && folderOf(from) !== folderOf(to));

    // The list of routes reaches every page, and fetches it no sooner than it is gone to. Nothing else does, save
    // that the frame of all pages signs in and out, and looks after the session.
    const lazily = reaching.filter(({ from, dynamic }) => from === 'app/routes.tsx' && dynamic);
    expect(new Set(lazily.map(({ to }) => folderOf(to)))).toEqual(folders);
    const others = reaching.filter((found) => !lazily.includes(found));
    expect(others.map(({ from, to }) => `${from} → ${to}`).sort()).toEqual([
      'app/app.tsx → session/session-keeper.tsx',
      'app/layout.tsx → session/sign-out-button.tsx',
      'app/main.tsx → session/sign-in-code.ts',
    ]);

    // Addresses are written where links are built, and in the contract for the routes; the navigation and all others ask there.
    const address = /(['"`])\/?(servers|activity|clients|connect|sign-in)(\1|\/)/;
    const writers = files.filter((file) => !file.startsWith('api/') && address.test(codeOf(file)));
    expect(writers).toEqual(['lib/paths.ts']);
  });

  it('holds a page to its rules that nobody has listed', () => {
    const rule = rules.forbidden?.find(({ name }) => name === 'features-do-not-know-each-other');
    const feature = new RegExp(String(rule?.from.path));
    expect(feature.exec('src/web/notes/notes-page.tsx')?.[1]).toBe('notes');
    expect(feature.test('src/web/ui/button.tsx')).toBe(false);
  });
});

/** The files under `src/web` and what they import of each other, by their paths below it; tests left out. */
async function webGraph() {
  const { output } = await cruise(['src/web'], rules.options);
  if (typeof output === 'string') throw new Error(output);
  const modules = output.modules.filter(({ source }) => isWebCode(source));
  const imports = modules.flatMap(({ source, dependencies }) =>
    dependencies
      .filter(({ resolved }) => isWebCode(resolved))
      .map(({ resolved, dynamic }) => ({ from: below(source), to: below(resolved), dynamic })),
  );
  return { files: modules.map(({ source }) => below(source)), imports };
}

const isWebCode = (path: string) => /^src\/web\/.*\.tsx?$/.test(path) && !/\.test\.tsx?$/.test(path);
const below = (path: string) => path.slice('src/web/'.length);
const folderOf = (file: string) => file.split('/', 1)[0];
const isOfPage = (file: string) => !/^(app|api|components|ui|lib)\//.test(file);

/** A file's text without its imports, whose paths look like addresses. */
function codeOf(file: string): string {
  return readFileSync(`src/web/${file}`, 'utf8').replaceAll(/^.*(from |import\().*$/gm, '');
}
