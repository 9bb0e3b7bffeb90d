import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { beginStory, createStoryDatabase, type Story, type StoryDatabase } from './story-desks.ts';

const TARGET = 'acme/weather';

// Stories that went wrong once, told by themselves.
describe('a delete, in a story that went wrong once,', () => {
  let database: StoryDatabase;
  let story: Story;
  beforeAll(async () => {
    database = await createStoryDatabase();
  });
  beforeEach(async () => {
    story = await beginStory(database, [TARGET], 2);
  });
  afterEach(() => story.stop());
  afterAll(() => database.drop());

  const row = async () => database.database.db.selectFrom('operations').selectAll().executeTakeFirstOrThrow();
  const arrived = () => {
    const [first] = story.world.deletes;
    if (first === undefined) throw new Error('Nothing was sent');
    return first;
  };

  it('whose intent was written although the database did not say so, was not sent and is told so', async () => {
    story.setTrouble(0, 'answers of writes are lost');
    const operation = story.ask(0, TARGET, null);
    await story.quiet();
    expect(operation?.answers[0]).toMatchObject({ status: 503, json: { code: 'storage-failed' } });
    story.setTrouble(0, 'none');
    await story.quiet();
    expect(await row()).toMatchObject({ state: 'refused', finding: 'not-sent', key_sealed: null });
    expect(story.world.deletes).toEqual([]);
    if (operation !== undefined) story.askAgain(0, operation);
    await story.quiet();
    expect(operation?.answers[1]).toMatchObject({
      status: 503,
      json: { operation: { finding: 'not-sent' } },
    });
    expect(story.world.deletes).toEqual([]);
    expect(await story.end()).toEqual([]);
  });

  it('whose intent was never written may be sent under the same id later, and nothing calls that unsent', async () => {
    story.setTrouble(0, 'writes fail');
    const operation = story.ask(0, TARGET, null);
    await story.quiet();
    story.setTrouble(0, 'none');
    if (operation !== undefined) story.askAgain(0, operation);
    await story.quiet();
    story.world.answer(arrived(), 'the truth');
    await story.quiet();
    expect(await row()).toMatchObject({ state: 'applied', finding: 'confirmed' });
    expect(await story.end()).toEqual([]);
  });

  it('whose unclear outcome could not be written down does not stay "sending"', async () => {
    story.ask(0, TARGET, null);
    await story.quiet();
    story.setTrouble(0, 'writes fail');
    story.world.setReads('all down');
    story.world.answer(arrived(), 500);
    await story.quiet();
    expect(await row()).toMatchObject({ state: 'sending' });
    story.setTrouble(0, 'none');
    await story.quiet();
    expect(await row()).toMatchObject({ state: 'unknown' });
    expect(await story.end()).toEqual([]);
  });

  it('that was moved and whose old name went to another is found by its id', async () => {
    story.ask(0, TARGET, null);
    await story.quiet();
    story.world.move(TARGET, 'team/storm');
    story.world.create(TARGET);
    await story.crash(0);
    await story.restart(0);
    await story.quiet();
    expect(await row()).toMatchObject({
      state: 'refused',
      finding: 'moved',
      answer: JSON.stringify({ movedTo: 'team/storm' }),
    });
    expect(await story.end()).toEqual([]);
  });
});
