import { randomInt } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { beginStory, createStoryDatabase, type Story, type StoryDatabase } from './story-desks.ts';
import { STORY_NAMES, storySteps } from './story-steps.ts';

const SHORT = 160;
/** How many stories are played; `npm run test:long` plays more. */
const STORIES = Number(process.env['TOUCHMARK_TEST_STORIES'] ?? SHORT);
/** The same ones each time, but where more are played, or others are asked for. */
const SEED = Number(process.env['TOUCHMARK_TEST_SEED'] ?? (STORIES > SHORT ? randomInt(2 ** 31) : 2026));
// Most of a story is waiting, so that some can be played side by side.
const LANES = [0, 1, 2, 3];
// A story takes a fraction of a second; one that hangs is a fault as any other.
const STORY_LIMIT_MS = 30_000;

async function play(database: StoryDatabase, steps: Parameters<typeof fc.asyncModelRun>[1]): Promise<void> {
  const story = await beginStory(database, STORY_NAMES, 2);
  let timer: NodeJS.Timeout | undefined;
  const never = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('The story never ends')), STORY_LIMIT_MS);
  });
  await Promise.race([tell(story, steps), never]).finally(() => clearTimeout(timer));
}

async function tell(story: Story, steps: Parameters<typeof fc.asyncModelRun>[1]): Promise<void> {
  try {
    await fc.asyncModelRun(() => ({ model: story, real: story }), steps);
    // Told line by line: an assertion alone would say how many there are.
    expect((await story.end()).join('\n')).toBe('');
  } finally {
    await story.stop();
  }
}

describe.concurrent('deletes asked of two desks on one database', () => {
  it.for(LANES)(
    `are sent once each, told truly, and settled, whatever goes wrong (${STORIES} stories, part %i)`,
    { timeout: 60_000 + STORIES * 1000 },
    async (lane) => {
      const database = await createStoryDatabase();
      const commands = fc.commands(storySteps, { maxCommands: 18, size: 'max' });
      const property = fc.asyncProperty(commands, async (steps) => play(database, steps));
      // What fails is told as the shortest story that fails the same way, and with the seed that repeats it.
      const numRuns = Math.ceil(STORIES / LANES.length);
      const outcome = await fc.check(property, { numRuns, seed: SEED + lane });
      await database.drop();
      expect(
        outcome.failed ? `${fc.defaultReportMessage(outcome)}\n${String(outcome.errorInstance)}` : '',
      ).toBe('');
    },
  );
});
