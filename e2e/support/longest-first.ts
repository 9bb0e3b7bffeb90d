import { BaseSequencer, type TestSpecification } from 'vitest/node';

// Files that take long whatever the machine: they kill desks, start processes or wait for time limits to pass.
const LONGEST = [
  'e2e/registry-crash',
  'e2e/crash',
  'e2e/people-command',
  'faults/postgres-outage',
  'faults/slow-senders',
  'mcp/mcp-faults',
  'e2e/process',
];

/** Begins with the longest files, so that the end of a run is not one of them alone. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification): number => {
      const index = LONGEST.findIndex((name) => moduleId.endsWith(`/${name}.test.ts`));
      return index === -1 ? LONGEST.length : index;
    };
    return (await super.sort(files)).sort((a, b) => place(a) - place(b));
  }
}
