import type { Locator, Page } from '@playwright/test';
import fc from 'fast-check';
import {
  cancelButton,
  deleteDialog,
  expect,
  openDeleteDialog,
  search,
  serverRow,
  startSession,
  test,
} from './fixtures.ts';
import { type AnswerKind, hostileAnswer, hostileSteps, promisedAnswers } from './support/hostile-answers.ts';
import { API_KEY, sendJson, type ScriptedRegistry } from './support/scripted-registry.ts';

const NAME = 'acme/weather';
const RUNS = Number(process.env['TOUCHMARK_TEST_PAGE_RUNS'] ?? 15);

/** Which answer a path asks for; undefined for others. */
function kindOf(target: string): AnswerKind | undefined {
  const [path = ''] = target.split('?');
  const [, resource, name, part] = path.split('/');
  if (resource === 'namespaces') return 'namespaces';
  if (resource !== 'servers') return undefined;
  if (name === undefined) return 'serverList';
  if (part === undefined) return 'server';
  return part === 'releases' || part === 'secrets' || part === 'domains' || part === 'logs'
    ? part
    : undefined;
}

/** Answers everything that can be read as promised, or with what is given for its kind. */
function answerAll(remote: ScriptedRegistry, given: Partial<Record<AnswerKind, string>> = {}): void {
  remote.script = ({ method, target }, response) => {
    const kind = method === 'GET' ? kindOf(target) : undefined;
    if (kind === undefined) return undefined;
    const body = given[kind] ?? JSON.stringify(promisedAnswers[kind]());
    response.writeHead(200, { 'Content-Type': 'application/json' }).end(body);
    return true;
  };
}

/** Waits until the pages have asked for all that they want, and returns how much that was. */
async function requestsUntilQuiet(remote: ScriptedRegistry): Promise<number> {
  for (let before = -1; remote.requests.length !== before && remote.requests.length < 200;) {
    before = remote.requests.length;
    await new Promise((resolve) => {
      setTimeout(resolve, 120);
    });
  }
  return remote.requests.length;
}

/** All that the page says, in lines. */
const linesOf = async (page: Page) => (await page.locator('main').innerText()).split('\n');

/** What the registry answers otherwise than it should. */
type Given = Partial<Record<AnswerKind, string>>;

interface Claim {
  what: string;
  says: (lines: string[]) => boolean;
  holds: (answer: unknown, text: string, given: Given) => boolean;
}

const isEmptyList = (value: unknown) => Array.isArray(value) && value.length === 0;
const field = (answer: unknown, name: string) => (answer as Record<string, unknown> | null)?.[name];

// What may be said only where the answer says it.
const claims: Partial<Record<AnswerKind, Claim[]>> = {
  serverList: [
    {
      what: 'no servers',
      says: (lines) => lines.includes('Your first server goes here'),
      holds: (answer, _text, { namespaces = '{}' }) =>
        isEmptyList(field(answer, 'servers')) ||
        // Where the key has no namespace, no server in it is its owner's.
        isEmptyList(field(JSON.parse(namespaces), 'namespaces')),
    },
  ],
  server: [
    {
      what: 'no tools',
      says: (lines) => lines.includes('This server offers no tools.'),
      holds: (answer) => isEmptyList(field(answer, 'tools')),
    },
    {
      what: 'no connections',
      says: (lines) => lines.some((line) => line.startsWith('Nothing to connect to yet')),
      holds: (answer) => isEmptyList(field(answer, 'connections')),
    },
    {
      what: 'scan passed',
      says: (lines) => lines.includes('Passed'),
      holds: (answer) => field(field(answer, 'security'), 'scanPassed') === true,
    },
  ],
  releases: [
    {
      what: 'never released',
      says: (lines) => lines.some((line) => line.startsWith('Never released')),
      holds: (answer) => isEmptyList(field(answer, 'releases')),
    },
    {
      what: 'still live',
      says: (lines) => lines.includes('Still live'),
      // The text, since what is nested too deep cannot be written again.
      holds: (_answer, text) => text.includes('"SUCCESS"'),
    },
  ],
  secrets: [
    {
      what: 'no secrets',
      says: (lines) => lines[lines.indexOf('Secrets') + 1] === 'None',
      holds: isEmptyList,
    },
  ],
  domains: [
    {
      what: 'no domains',
      says: (lines) => lines[lines.indexOf('Domains') + 1] === 'None',
      holds: (answer) => isEmptyList(field(answer, 'domains')),
    },
  ],
};

function expectNoFalseClaim(lines: string[], given: Given): void {
  for (const [kind, ofKind] of Object.entries(claims) as [AnswerKind, Claim[]][]) {
    const text = given[kind] ?? JSON.stringify(promisedAnswers[kind]());
    const answer = JSON.parse(text) as unknown;
    const broken = ofKind.filter(({ says, holds }) => says(lines) && !holds(answer, text, given));
    expect(broken.map(({ what }) => what)).toEqual([]);
  }
}

test('pages stand, end and claim nothing that is not so, whatever the registry answers', async ({
  visitor,
  remote,
  managing,
}) => {
  test.setTimeout(60_000 + RUNS * 10_000);
  visitor.setDefaultTimeout(20_000);
  const errors: string[] = [];
  visitor.on('pageerror', (error) => errors.push(error.message));
  visitor.on('dialog', (dialog) => {
    errors.push(dialog.message());
    void dialog.dismiss();
  });
  const answers = fc.record({
    serverList: hostileSteps,
    server: hostileSteps,
    releases: hostileSteps,
    secrets: hostileSteps,
    domains: hostileSteps,
    logs: hostileSteps,
    namespaces: hostileSteps,
  } satisfies Record<AnswerKind, unknown>);
  const broken = fc.subarray(Object.keys(promisedAnswers) as AnswerKind[], { minLength: 1 });

  await fc.assert(
    fc.asyncProperty(answers, broken, async (steps, kinds) => {
      const given = Object.fromEntries(kinds.map((kind) => [kind, hostileAnswer(kind, steps[kind])]));
      answerAll(remote, given);
      await visitor.request.get(`${managing.url}/api/-/session?refresh`, {
        headers: { 'Touchmark-Client': 'web', 'Sec-Fetch-Site': 'same-origin' },
      });
      remote.requests.length = 0;

      await visitor.goto(`${managing.url}/servers`);
      await expect(visitor.getByRole('heading', { name: 'Servers', level: 1 })).toBeVisible();
      expect(await requestsUntilQuiet(remote)).toBeLessThan(100);
      const isSearchable = await visitor.getByRole('searchbox').isVisible();
      if (isSearchable) await search(visitor, 'e');
      expectNoFalseClaim(await linesOf(visitor), given);
      await expect(visitor.getByRole('heading', { name: 'Servers', level: 1 })).toBeVisible();

      remote.requests.length = 0;
      await visitor.goto(`${managing.url}/servers/${encodeURIComponent(NAME)}`);
      const offer = visitor.getByRole('button', { name: 'Delete server', exact: true });
      const isNotYours = visitor.getByText('This is not one of your servers');
      await expect(offer.or(isNotYours)).toBeVisible();
      // A namespace that cannot be read is none of the owner's, as far as this page can tell.
      if (given.namespaces === undefined) await expect(isNotYours).toHaveCount(0);
      if (await offer.isVisible()) {
        await offer.click();
        await expect(deleteDialog(visitor, NAME)).toBeVisible();
        expect(await requestsUntilQuiet(remote)).toBeLessThan(50);
        await cancelButton(visitor).click();
      }
      expectNoFalseClaim(await linesOf(visitor), given);
      expect(errors).toEqual([]);
    }),
    // Each try takes a second: the answer that failed is small as it is.
    { numRuns: RUNS, endOnFailure: true },
  );
});

test('a namespace that the registry refuses leaves the others, and can be asked for again', async ({
  visitor,
  remote,
  managing,
}) => {
  const names = ['alpha', 'beta', 'gamma', 'delta', 'omega'];
  remote.owners.set(API_KEY, names);
  for (const name of names) remote.servers.set(`${name}/tool`, `id-${name}`);
  remote.script = ({ target }, response) =>
    target.includes('namespace=beta') ? sendJson(response, 403, { error: 'Not yours' }) : undefined;
  await startSession(visitor, managing.url, API_KEY);
  await visitor.goto(`${managing.url}/servers`);
  const alert = visitor.getByRole('alert');
  await expect(alert).toContainText('1 namespace could not be read (beta)');
  for (const name of names)
    await expect(serverRow(visitor, `${name}/tool`)).toHaveCount(Number(name !== 'beta'));
  remote.script = () => undefined;
  await alert.getByRole('button', { name: 'Try again' }).click();
  await expect(serverRow(visitor, 'beta/tool')).toBeVisible();
  await expect(alert).toHaveCount(0);
});

test('a list that claims more than it brings is read to its end, and says so', async ({
  visitor,
  remote,
  managing,
}) => {
  remote.owners.set(API_KEY, ['acme', 'acme', 'labs']);
  answerAll(remote);
  const usual = remote.script;
  remote.script = (request, response, incoming) => {
    const { target } = request;
    if (kindOf(target) === 'namespaces') return undefined;
    if (!target.startsWith('/servers?')) return usual(request, response, incoming);
    const { servers } = promisedAnswers.serverList();
    const [first] = servers;
    return sendJson(response, 200, {
      servers: target.includes('labs') ? [] : [...servers, null, { ...first, qualifiedName: 'acme/\ud800' }],
      pagination: { currentPage: 1, pageSize: 100, totalPages: 1e9, totalCount: 1e9 },
    });
  };
  await startSession(visitor, managing.url, API_KEY);
  remote.requests.length = 0;
  await visitor.goto(`${managing.url}/servers`);
  await expect(visitor.getByRole('heading', { name: 'Servers', level: 1 })).toBeVisible();
  // Two namespaces, of one of them a second page that brings nothing new; all of it once more, since a count differs.
  const lists = () => remote.requests.filter(({ target }) => target.startsWith('/servers?')).length;
  await requestsUntilQuiet(remote);
  expect(lists()).toBeLessThanOrEqual(6);
  const main = visitor.locator('main');
  await expect(main).toContainText('3 servers');
  await expect(main).toContainText('The registry counts 2,000,000,000, and gave no more.');
  await expect(main.getByText('4 entries could not be read', { exact: true })).toBeVisible();
});

test('an owner is told that there are no servers only where the registry gives and counts none', async ({
  visitor,
  remote,
  managing,
}) => {
  let answer: object = {};
  answerAll(remote);
  const usual = remote.script;
  remote.script = (request, response, incoming) =>
    request.target.startsWith('/servers?')
      ? sendJson(response, 200, answer)
      : kindOf(request.target) === 'namespaces'
        ? undefined
        : usual(request, response, incoming);
  const pagination = { currentPage: 1, pageSize: 100, totalPages: 1 };
  const first = visitor.getByRole('heading', { name: 'Your first server goes here' });
  const none = visitor.getByRole('heading', { name: 'No server could be read' });
  const given: [object, Locator][] = [
    [{ servers: [], pagination: { ...pagination, totalCount: 3 } }, none],
    [{ ...promisedAnswers.serverList(), pagination: { ...pagination, totalCount: null } }, none],
    [{ servers: [null], pagination: { ...pagination, totalCount: 1 } }, none],
    [{ servers: [], pagination: { ...pagination, totalCount: 0 } }, first],
  ];
  for (const [place, [list, shown]] of given.entries()) {
    answer = list;
    // A key of its own, for which the list is read anew.
    const key = `${API_KEY}-${place}`;
    remote.owners.set(key, ['labs']);
    await startSession(visitor, managing.url, key);
    await visitor.goto(`${managing.url}/servers`);
    await expect(shown).toBeVisible();
    await expect(first).toHaveCount(shown === first ? 1 : 0);
  }
});

test('a server that cannot be read can still be deleted', async ({ visitor, remote, managing }) => {
  const answers: [number, unknown, RegExp][] = [
    [200, { ...promisedAnswers.server(), qualifiedName: 'acme/other' }, /cannot be understood/],
    [200, [], /cannot be understood/],
    [407, { error: 'Proxy says no' }, /Proxy says no/],
    [500, { error: { constructor: 'x' } }, /gave no reason/],
  ];
  for (const [status, body, words] of answers) {
    answerAll(remote);
    const usual = remote.script;
    remote.script = (request, response, incoming) =>
      kindOf(request.target) === 'server'
        ? sendJson(response, status, body)
        : usual(request, response, incoming);
    await openDeleteDialog(visitor, managing.url, NAME);
    await cancelButton(visitor).click();
    await expect(visitor.getByRole('alert')).toContainText('This server could not be loaded');
    await expect(visitor.getByRole('alert')).toContainText(words);
    await expect(visitor.getByText('Live on an older release', { exact: true })).toHaveCount(1);
  }
});

test('texts of others keep their direction to themselves', async ({ visitor, remote, managing }) => {
  const backwards = '\u202eevil\u2069';
  const [tool] = promisedAnswers.server().tools;
  answerAll(remote, {
    server: JSON.stringify({
      ...promisedAnswers.server(),
      displayName: backwards,
      tools: [{ ...tool, inputSchema: { properties: { [backwards]: { enum: ['שלום', 'a'] } } } }],
    }),
    secrets: JSON.stringify([{ name: 'עולם' }, { name: 'B' }]),
  });
  await openDeleteDialog(visitor, managing.url, NAME);
  await expect(visitor).toHaveTitle('acme/weather · \u2068evil\u2069 · Touchmark');
  await expect(visitor.getByText('\u2068עולם\u2069, B', { exact: true })).toBeVisible();
  await cancelButton(visitor).click();
  await visitor.getByText('1 parameter', { exact: true }).click();
  await expect(visitor.getByText('one of: \u2068שלום\u2069, a', { exact: true })).toBeVisible();
});
