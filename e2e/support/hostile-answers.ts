import fc from 'fast-check';

// What a registry could answer in place of what its API promises: its answers as they should be, with any value put in
// any place of them.

const listed = (slug: string, id: string) => ({
  id,
  qualifiedName: `acme/${slug}`,
  namespace: 'acme',
  slug,
  displayName: `The ${slug}`,
  description: 'Tells the weather',
  iconUrl: null,
  verified: true,
  useCount: 1234,
  remote: true,
  isDeployed: true,
  createdAt: '2026-01-01T00:00:00.000Z',
  homepage: 'https://example.com/',
  bySmithery: false,
  owner: 'user-1',
  score: 0.5,
});

const release = (id: string, status: string) => ({
  id,
  status,
  type: 'hosted_shttp',
  createdAt: '2026-01-02T00:00:00.000Z',
  updatedAt: '2026-01-02T00:01:00.000Z',
  branch: 'main',
  commit: '0123456789abcdef',
  commitMessage: 'Tell the weather',
  mcpUrl: 'https://weather.example/mcp',
  upstreamUrl: null,
});

const pagination = (totalCount: number) => ({ currentPage: 1, pageSize: 100, totalPages: 1, totalCount });

/** Answers as the API promises them, about `acme/weather` in the namespace `acme`. */
export const promisedAnswers = {
  serverList: () => ({
    servers: [
      listed('weather', 'id-weather'),
      listed('calendar', 'id-calendar'),
      listed('notes', 'id-notes'),
    ],
    pagination: pagination(3),
  }),
  server: () => ({
    qualifiedName: 'acme/weather',
    displayName: 'The weather',
    description: 'Tells the weather',
    iconUrl: null,
    remote: true,
    deploymentUrl: 'https://weather.example/mcp',
    connections: [
      { type: 'http', deploymentUrl: 'https://weather.example/mcp', configSchema: {}, transport: 'sse' },
      {
        type: 'stdio',
        bundleUrl: 'https://weather.example/x.mcpb',
        configSchema: {},
        runtime: 'node',
        signer: {
          subject: 'CN=Acme',
          issuer: 'CN=Some authority',
          validFrom: '2026-01-01T00:00:00.000Z',
          validTo: '2027-01-01T00:00:00.000Z',
          isSelfSigned: false,
          fingerprint: 'ab'.repeat(32),
          isVerified: true,
        },
      },
    ],
    tools: ['look', 'listen', 'ask'].map((name) => ({
      name,
      description: 'Looks',
      inputSchema: {
        type: 'object',
        properties: { where: { type: 'string', description: 'Where' }, unit: { enum: ['C', 'F'] } },
        required: ['where'],
      },
    })),
    resources: null,
    prompts: null,
    security: { scanPassed: true },
  }),
  releases: () => ({
    releases: [release('release-2', 'FAILURE'), release('release-1', 'SUCCESS')],
    pagination: pagination(2),
  }),
  secrets: () => [
    { name: 'API_KEY', type: 'secret_text' },
    { name: 'TOKEN', type: 'secret_text' },
  ],
  domains: () => ({
    domains: [
      {
        id: 'managed',
        hostname: 'weather.example',
        subdomain: 'weather',
        type: 'managed',
        createdAt: '2026-01-01T00:00:00.000Z',
        updatedAt: '2026-01-01T00:00:00.000Z',
      },
    ],
  }),
  logs: () => ({ invocations: [], total: 42 }),
  namespaces: () => ({ namespaces: [{ name: 'acme' }, { name: 'labs' }], pagination: pagination(2) }),
};

export type AnswerKind = keyof typeof promisedAnswers;

const nested = (levels: number, open: string, close: string) =>
  open.repeat(levels) + '"deep"' + close.repeat(levels);

// Values that are too large to be printed or written as the others are: each stands for JSON text.
const large: Readonly<Record<string, string>> = {
  'text of 300,000': JSON.stringify('x'.repeat(300_000)),
  'text of 3,000 pairs': JSON.stringify('𝄞'.repeat(3000)),
  'list of 1,500': `[${'null,'.repeat(1499)}null]`,
  '30 levels': nested(30, '[', ']'),
  '8,000 levels': nested(8000, '{"items":', '}'),
  '100,000 levels': nested(100_000, '[', ']'),
};

/** The values by which pages broke, and others like them. */
const nasty: readonly unknown[] = [
  null,
  true,
  'true',
  'false',
  0,
  -1,
  3,
  0.5,
  1e9,
  1e308,
  '',
  ' ',
  {},
  [],
  [null],
  [[]],
  { length: 3 },
  'constructor',
  '__proto__',
  'toString',
  JSON.parse('{"__proto__": {"type": "http"}, "constructor": 1}') as unknown,
  '\ud800',
  'acme/\udc00',
  'acme/other',
  'acme',
  '..',
  'acme/../x',
  '\u202eevil\u2066',
  'שלום/עולם',
  '\u200b',
  '\u0000\u001b[31m',
  'javascript:alert(1)',
  '<img src=x onerror=alert(1)>',
  '9999-99-99T99:99:99Z',
  '+275760-09-13T00:00:00.001Z',
  ...Object.keys(large).map((name) => `large: ${name}`),
];

/** Any JSON value, the nasty ones often. */
const anyValue: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...nasty) },
  { weight: 1, arbitrary: fc.jsonValue({ depthSize: 'small' }) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
);

/** One thing done to an answer: a value put in a place of it, or added to a list. */
interface Step {
  act: 'replace' | 'add';
  /** Any number: the place is found by what is left of it, divided by their number. */
  at: number;
  value: unknown;
}

/** What can be done to an answer so that it is no longer as promised. */
export const hostileSteps: fc.Arbitrary<Step[]> = fc.oneof(
  {
    weight: 20,
    arbitrary: fc.array(
      fc.record({ act: fc.constantFrom('replace', 'replace', 'add'), at: fc.nat(), value: anyValue }),
      { minLength: 1, maxLength: 4 },
    ),
  },
  // The whole answer.
  { weight: 1, arbitrary: anyValue.map((value) => [{ act: 'replace' as const, at: 0, value }]) },
);

/** The JSON text of an answer of this kind to which these things were done. */
export function hostileAnswer(kind: AnswerKind, steps: readonly Step[]): string {
  const answer = steps.reduce(changeAnswer, promisedAnswers[kind]() as unknown);
  return JSON.stringify(answer).replaceAll(/"large: ([^"]*)"/g, (_, name: string) => large[name] ?? 'null');
}

interface Place {
  holder: Record<string, unknown>;
  key: string;
}

function changeAnswer(answer: unknown, { act, at, value }: Step): unknown {
  const root = { answer };
  const places = placesIn(root, 6);
  const place = places[at % places.length];
  if (place === undefined) return answer;
  const held = place.holder[place.key];
  const given = JSON.parse(JSON.stringify(value)) as unknown;
  // A list often has an entry twice, or another one.
  if (act === 'add' && Array.isArray(held))
    held.push(at % 2 === 0 ? structuredClone(held[0] ?? given) : given);
  else place.holder[place.key] = given;
  return root.answer;
}

function placesIn(holder: Record<string, unknown>, depth: number): Place[] {
  const places: Place[] = [];
  for (const key of depth === 0 ? [] : Object.keys(holder).slice(0, 50)) {
    places.push({ holder, key });
    const held = holder[key];
    if (typeof held !== 'object' || held === null) continue;
    for (const place of placesIn(held as Record<string, unknown>, depth - 1)) places.push(place);
  }
  return places;
}
