import fc, { type AsyncCommand } from 'fast-check';
import type { Story, StoryOperation, Trouble } from './story-desks.ts';
import { UNCLEAR_ANSWERS, type ArrivedDelete, type DeleteAnswer, type Reads } from './story-world.ts';

/** The servers that stories begin with; the key owns all but the last. */
export const STORY_NAMES = ['acme', 'acme/weather', 'team/storm', 'other/calendar'];

/** Everything is held in the story itself. */
type Step = AsyncCommand<Story, Story>;

const desks = ['the first desk', 'the second desk'] as const;

/** One step, told as a sentence. */
function step(words: string, run: (story: Story) => unknown, isPossible = (_story: Story) => true): Step {
  return {
    check: isPossible,
    run: async (_model, story) => {
      await run(story);
      await story.quiet();
      await story.holdAgainstTruth();
      if (story.falsehoods.length > 0) throw new Error(story.falsehoods.join('\n'));
    },
    toString: () => words,
  };
}

const desk = fc.constantFrom(0, 1);
const name = fc.constantFrom(...STORY_NAMES);
// Which of those that there are by then.
const which = fc.nat({ max: 3 });
const nth = (index: number) => ['the oldest', 'the second', 'the third', 'the fourth'][index] ?? '';

const unanswered = (story: Story, index: number): ArrivedDelete | undefined =>
  story.world.deletes.filter(({ isAnswered }) => !isAnswered)[index];
const undone = (story: Story, index: number): ArrivedDelete | undefined =>
  story.world.deletes.filter(({ done, status }) => !done && (status === null || status >= 500))[index];
const asked = (story: Story, index: number): StoryOperation | undefined => story.operations[index];
const isUp = (story: Story, index: number) => story.processes[index] !== undefined;

/** Whether a process may start now: what another one is sending is not to be taken from it. */
function mayStart(story: Story): boolean {
  return story.world.deletes.every(({ isAnswered }) => isAnswered);
}

const answers: readonly DeleteAnswer[] = ['the truth', 404, ...UNCLEAR_ANSWERS];

const reads: readonly Reads[] = [
  'fine',
  'all down',
  'list down',
  'pages by a proxy',
  'pages not found',
  'ids refused',
  'ids ignored',
];

/** Whatever may happen, each as likely as it takes to meet the others. */
export const storySteps: fc.Arbitrary<Step>[] = [
  ...[1, 2].map((tab) =>
    fc
      .tuple(desk, name, fc.constantFrom('sees it', 'saw it before', 'never saw it'))
      .map(([at, target, seen]) =>
        step(
          `tab ${tab}, which ${seen}, asks ${desks[at]} to delete ${target}`,
          (story) => {
            const [first, now] = [story.world.history[0], story.world.servers];
            const id =
              seen === 'sees it'
                ? now.get(target)
                : seen === 'saw it before'
                  ? first?.servers.get(target)
                  : null;
            story.ask(at, target, id ?? null);
          },
          (story) => isUp(story, at) && story.operations.length < 4,
        ),
      ),
  ),
  fc.tuple(desk, which).map(([at, index]) =>
    step(
      `${nth(index)} delete is sent again to ${desks[at]}`,
      (story) => {
        const operation = asked(story, index);
        if (operation !== undefined) story.askAgain(at, operation);
      },
      (story) => isUp(story, at) && asked(story, index) !== undefined,
    ),
  ),
  which.map((index) =>
    step(
      `the registry carries ${nth(index)} delete out that it has not done`,
      (story) => {
        const arrived = undone(story, index);
        if (arrived !== undefined) story.world.carryOut(arrived);
      },
      (story) => undone(story, index) !== undefined,
    ),
  ),
  ...[1, 2].map(() =>
    fc.tuple(which, fc.constantFrom(...answers)).map(([index, answer]) =>
      step(
        `${nth(index)} unanswered delete is answered with ${answer}`,
        (story) => {
          const arrived = unanswered(story, index);
          if (arrived !== undefined) story.world.answer(arrived, answer);
        },
        (story) => unanswered(story, index) !== undefined,
      ),
    ),
  ),
  fc.tuple(which, fc.constantFrom<DeleteAnswer>(403, 429)).map(([index, answer]) =>
    step(
      `the registry refuses ${nth(index)} unanswered delete with ${answer}`,
      (story) => {
        const arrived = unanswered(story, index);
        if (arrived !== undefined) story.world.answer(arrived, answer);
      },
      (story) => unanswered(story, index)?.done === false,
    ),
  ),
  name.map((target) =>
    step(
      `a colleague creates ${target}`,
      ({ world }) => world.create(target),
      ({ world }) => !world.servers.has(target),
    ),
  ),
  name.map((target) =>
    step(
      `a colleague deletes ${target}`,
      ({ world }) => world.remove(target),
      ({ world }) => world.servers.has(target),
    ),
  ),
  fc.tuple(name, fc.constantFrom(...STORY_NAMES, 'acme/new', 'other/new')).map(([from, to]) =>
    step(
      `a colleague moves ${from} to ${to}`,
      ({ world }) => world.move(from, to),
      ({ world }) => world.servers.has(from) && !world.servers.has(to),
    ),
  ),
  fc
    .constantFrom(...reads)
    .map((how) => step(`reads of the registry: ${how}`, ({ world }) => world.setReads(how))),
  fc.constant(
    step('the registry takes its time with reads', ({ world }) => {
      world.holdsReads = true;
    }),
  ),
  fc.constant(
    step(
      'the registry answers the reads that wait',
      ({ world }) => world.letReadsGo(),
      ({ world }) => world.holdsReads,
    ),
  ),
  fc.boolean().map((isUnreachable) =>
    step(`the registry can${isUnreachable ? 'not' : ''} be reached for deletes`, ({ world }) => {
      world.isUnreachable = isUnreachable;
    }),
  ),
  desk.map((at) =>
    step(
      `${desks[at]} dies`,
      (story) => story.crash(at),
      (story) => isUp(story, at),
    ),
  ),
  desk.map((at) =>
    step(
      `${desks[at]} will die before its next delete leaves it`,
      (story) => {
        const process = story.processes[at];
        if (process !== undefined) process.diesSending = true;
      },
      (story) => isUp(story, at),
    ),
  ),
  desk.map((at) =>
    step(
      `${desks[at]} starts again`,
      (story) => story.restart(at),
      (story) => !isUp(story, at) && mayStart(story),
    ),
  ),
  fc.tuple(desk, which).map(([at, index]) =>
    step(
      `the owner has ${nth(index)} delete checked by ${desks[at]}`,
      (story) => {
        const operation = asked(story, index);
        if (operation !== undefined) story.check(at, operation);
      },
      (story) => isUp(story, at) && asked(story, index) !== undefined,
    ),
  ),
  fc
    .constantFrom(-86_400_000, -1000, 1000, 3_600_000, 86_400_000)
    .map((ms) => step(`the clock steps by ${ms / 1000} s`, (story) => story.advance(ms))),
  fc
    .tuple(desk, fc.constantFrom<Trouble>('none', 'writes fail', 'answers of writes are lost'))
    .map(([at, trouble]) =>
      step(
        `the database of ${desks[at]}: ${trouble === 'none' ? 'well again' : trouble}`,
        (story) => story.setTrouble(at, trouble),
        (story) => isUp(story, at),
      ),
    ),
];
