import { afterAll, describe, expect, it } from 'vitest';
import type { OperationFinding, OperationState } from '#contract/operations.ts';
import { beginStory, createStoryDatabase, type StoryDatabase } from './story-desks.ts';
import { UNCLEAR_ANSWERS, type DeleteAnswer, type Reads, type World } from './story-world.ts';

const TARGET = 'acme/weather';

/** What is known of the server before its delete is sent. */
const identities = ['listed', 'known to the page', 'unknown'] as const;
/** How the registry answers checks, until at last it answers everything. */
const looks: readonly Reads[] = [
  'fine',
  'all down',
  'list down',
  'pages by a proxy',
  'pages not found',
  'list stale',
  'ids refused',
  'ids ignored',
];
/** What a colleague does between the delete's arrival and its answer. */
const colleagues = [
  'nothing',
  'moves it',
  'moves it out of sight of the key',
  'moves it and unlists it',
  'moves it there and back',
  'moves it and creates another',
  'creates another',
  'creates another and moves that',
] as const;
/** When the registry carries the delete out: before the answer, after all checks, or never. */
const fates = ['done', 'done late', 'not done'] as const;
type Fate = (typeof fates)[number];
const answers: readonly [DeleteAnswer, readonly Fate[]][] = [
  ['the truth', ['done']],
  [404, ['done', 'not done']],
  [403, ['not done']],
  [429, ['not done']],
  ...UNCLEAR_ANSWERS.map((answer): [DeleteAnswer, readonly Fate[]] => [answer, fates]),
];

interface Case {
  answer: DeleteAnswer | 'the desk dies';
  fate: Fate;
  identity: (typeof identities)[number];
  look: Reads;
  colleague: (typeof colleagues)[number];
}

/** Answers that tell a desk different things; the others are played with every look only in the long run. */
const typical: ReadonlySet<Case['answer']> = new Set(['the truth', 'reset']);
const isLong = process.env['TOUCHMARK_TEST_STORIES'] !== undefined;

function casesOf(answer: Case['answer'], itsFates: readonly Fate[]): Case[] {
  const itsLooks = isLong || typical.has(answer) ? looks : looks.slice(0, 1);
  const cases: Case[] = [];
  for (const fate of itsFates) {
    for (const identity of identities) {
      for (const look of itsLooks) {
        for (const colleague of colleagues) cases.push({ answer, fate, identity, look, colleague });
      }
    }
  }
  return cases.filter(canBeSeenThrough);
}

/** A list that is stale beside a new server of the name tells a lie that nobody could see through. */
function canBeSeenThrough({ look, colleague }: Case): boolean {
  return look !== 'list stale' || !colleague.includes('creates another');
}

function act(world: World, colleague: Case['colleague']): void {
  if (colleague === 'moves it') world.move(TARGET, 'team/storm');
  if (colleague === 'moves it out of sight of the key') world.move(TARGET, 'other/storm');
  if (colleague === 'moves it there and back') {
    world.move(TARGET, 'team/storm');
    world.move('team/storm', TARGET);
  }
  if (colleague === 'moves it and unlists it') {
    world.unlisted.add(world.servers.get(TARGET) ?? '');
    world.move(TARGET, 'team/storm');
  }
  if (colleague === 'moves it and creates another') {
    world.move(TARGET, 'team/storm');
    world.create(TARGET);
  }
  if (colleague.startsWith('creates another')) {
    world.remove(TARGET);
    world.create(TARGET);
  }
  if (colleague === 'creates another and moves that') world.move(TARGET, 'team/storm');
}

/** What is to be found out where the registry answers all questions: as much as can be, and no more. */
function expected(
  world: World,
  { answer, identity }: Case,
  meant: string,
): [OperationState, OperationFinding | null] {
  if (answer === 403 || answer === 429) return ['refused', null];
  const [arrived] = world.deletes;
  if (arrived?.confirmed === true) return ['applied', 'confirmed'];
  const was404 = arrived?.status === 404;
  const atName = world.servers.get(TARGET);
  const nameNow = [...world.servers].find(([, id]) => id === meant)?.[0];
  if (identity === 'unknown') {
    if (atName !== undefined) return ['inconclusive', 'uncompared'];
    if (world.history.at(-1)?.moved.has(TARGET) === true) return ['inconclusive', 'moved'];
    return [was404 ? 'refused' : 'inconclusive', 'gone'];
  }
  if (nameNow !== undefined) return ['refused', nameNow === TARGET ? 'still-there' : 'moved'];
  if (atName !== undefined) return ['inconclusive', 'another-there'];
  return [was404 ? 'refused' : 'applied', 'nowhere'];
}

/** Plays one case and returns what was wrong with what was claimed at any time. */
async function play(database: StoryDatabase, theCase: Case): Promise<string[]> {
  const { answer, fate, identity, look, colleague } = theCase;
  const story = await beginStory(database, [TARGET, 'acme/weather-archive']);
  const { world } = story;
  const meant = world.servers.get(TARGET) ?? '';
  try {
    if (identity !== 'listed') world.setReads('list down');
    const operation = story.ask(0, TARGET, identity === 'known to the page' ? meant : null);
    await story.quiet();
    world.setReads(look);
    const [arrived] = world.deletes;
    if (operation === undefined || arrived === undefined) return ['nothing was sent'];
    if (fate === 'done') world.carryOut(arrived);
    act(world, colleague);
    if (answer === 'the desk dies') {
      await story.crash(0);
      await story.restart(0);
    } else world.answer(arrived, answer);
    await story.quiet();
    await story.holdAgainstTruth();
    const wanted = look === 'fine' ? expected(world, theCase, meant) : undefined;
    if (fate === 'done late') world.carryOut(arrived);
    const wrong = await story.end();
    const { state, finding } = await database.database.db
      .selectFrom('operations')
      .select(['state', 'finding'])
      .executeTakeFirstOrThrow();
    if (wanted !== undefined && (state !== wanted[0] || finding !== wanted[1])) {
      wrong.push(`${state}, ${finding} is told where ${wanted.join(', ')} can be known`);
    }
    return wrong.map((what) => `${JSON.stringify(theCase)}: ${what}`);
  } finally {
    await story.stop();
  }
}

// Each has a database of its own; most of a story is waiting.
const AT_ONCE = 8;

describe('what is claimed of a delete', () => {
  const databases: StoryDatabase[] = [];
  afterAll(async () => {
    await Promise.all(databases.map((database) => database.drop()));
  });

  async function playAll(cases: readonly Case[]): Promise<string[]> {
    const left = [...cases];
    const found = await Promise.all(
      Array.from({ length: AT_ONCE }, async (_, lane) => {
        const database = (databases[lane] ??= await createStoryDatabase());
        const wrong: string[] = [];
        for (let next = left.pop(); next !== undefined; next = left.pop()) {
          wrong.push(...(await play(database, next)));
        }
        return wrong;
      }),
    );
    return found.flat();
  }

  it.each(answers)(
    'is never more than is so, whatever else happens, where it is answered with %s',
    async (answer, itsFates) => {
      expect(await playAll(casesOf(answer, itsFates))).toEqual([]);
    },
  );

  it('is never more than is so, whatever else happens, where the desk dies before the answer', async () => {
    expect(await playAll(casesOf('the desk dies', fates))).toEqual([]);
  });
});
