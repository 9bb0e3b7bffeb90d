import { describe, expect, it } from 'vitest';
import { ReleaseProblem } from './release-problem.ts';
import { toCard } from './release-card.ts';

const tool = { name: 'get_forecast', inputSchema: { type: 'object' } };

const nested = (depth: number): unknown => JSON.parse('{"a":'.repeat(depth) + '1' + '}'.repeat(depth));

describe('the card of a release', () => {
  it('keeps titles, annotations and schemas of any kind', () => {
    const { tools, warnings } = toCard({
      tools: [
        {
          ...tool,
          title: 'Forecast',
          description: 'By the day',
          outputSchema: { anyOf: [{ type: 'string' }, { type: 'null' }] },
          annotations: { title: 'Look', readOnlyHint: true, openWorldHint: 'yes', other: 1 },
        },
      ],
    });
    expect(tools).toEqual([
      {
        ...tool,
        title: 'Forecast',
        description: 'By the day',
        outputSchema: { anyOf: [{ type: 'string' }, { type: 'null' }] },
        annotations: { title: 'Look', readOnlyHint: true },
      },
    ]);
    expect(warnings).toEqual([]);
  });

  it('takes null for nothing, wherever it stands', () => {
    expect(
      toCard({
        serverInfo: { name: 'weather', version: null, title: null, icons: null },
        tools: [
          {
            name: 'a',
            title: null,
            description: null,
            inputSchema: null,
            outputSchema: null,
            annotations: null,
          },
          { name: 'b', inputSchema: { type: 'object', properties: null, required: null } },
        ],
        resources: [{ name: 'Stations', uri: 'weather://stations', description: null, mimeType: null }],
        prompts: [
          { name: 'pack', description: null, arguments: null },
          { name: 'plan', arguments: [{ name: 'place', description: null, required: null }, 'day'] },
        ],
      }),
    ).toEqual({
      serverInfo: { name: 'weather' },
      tools: [
        { name: 'a', description: null, inputSchema: { type: 'object' } },
        { name: 'b', description: null, inputSchema: { type: 'object' } },
      ],
      resources: [{ name: 'Stations', uri: 'weather://stations' }],
      prompts: [{ name: 'pack' }, { name: 'plan', arguments: [{ name: 'place' }, { name: 'day' }] }],
      warnings: [],
    });
    expect(toCard({ serverInfo: null, tools: null, resources: null })).toEqual({
      serverInfo: null,
      tools: null,
      resources: null,
      prompts: null,
      warnings: [],
    });
  });

  it.each<[string, object, RegExp]>([
    ['without a name', { inputSchema: { type: 'object' } }, /^Tool number 1 was left out: its name must/],
    ['with an empty name', { ...tool, name: '' }, /^Tool number 1 was left out: its name must/],
    ['with a number for a name', { ...tool, name: 5 }, /^Tool number 1 was left out: its name must/],
    ['with a name too long', { ...tool, name: 'x'.repeat(257) }, /^Tool "x{60}…" was left out: its name/],
    ['with parameters that are no object', { ...tool, inputSchema: { type: 'array' } }, /"type": "object"/],
    ['with parameters of any kind', { ...tool, inputSchema: true }, /"type": "object"/],
    [
      'with a list of properties',
      { ...tool, inputSchema: { type: 'object', properties: [] } },
      /properties of its/,
    ],
    [
      'that requires a word',
      { ...tool, inputSchema: { type: 'object', required: 'a' } },
      /requires must be a list/,
    ],
    [
      'with parameters nested as deep as the stack',
      { ...tool, inputSchema: { type: 'object', properties: { a: nested(20_000) } } },
      /nested deeper than 100 levels/,
    ],
  ])('leaves out a tool %s, and says so', (_what, odd, warning) => {
    const { tools, warnings } = toCard({ tools: [odd, { ...tool, name: 'fine' }] });
    expect([tools?.map(({ name }) => name), warnings]).toEqual([['fine'], [expect.stringMatching(warning)]]);
  });

  it('leaves out the second of one name, and of one URI', () => {
    const { tools, resources, warnings } = toCard({
      tools: [
        { ...tool, description: 'first' },
        { ...tool, description: 'second' },
      ],
      resources: [
        { name: 'Log', uri: 'log://1' },
        { name: 'Log', uri: 'log://2' },
        { name: 'Other', uri: 'log://1' },
      ],
    });
    expect(tools?.map(({ description }) => description)).toEqual(['first']);
    expect(resources?.map(({ uri }) => uri)).toEqual(['log://1', 'log://2']);
    expect(warnings).toEqual([
      'Tool "get_forecast" was left out: there is one like it before',
      'Resource "Other" was left out: there is one like it before',
    ]);
  });

  it('drops what is odd of a tool that can be used', () => {
    const { tools, warnings } = toCard({
      tools: [
        {
          ...tool,
          title: 5,
          description: 'x'.repeat(20_001),
          outputSchema: nested(101),
          annotations: ['readOnly'],
        },
      ],
    });
    expect(tools).toEqual([{ ...tool, description: `${'x'.repeat(19_999)}…` }]);
    expect(warnings).toEqual([
      'Tool "get_forecast": its title is no text and was dropped',
      'Tool "get_forecast": its description is longer than 20000 characters and was cut',
      'Tool "get_forecast": its outputSchema is nested deeper than 100 levels and was dropped',
      'Tool "get_forecast": its annotations are no object and were dropped',
    ]);
  });

  it('calls a resource without a name by its title or its URI', () => {
    const { resources, warnings } = toCard({
      resources: [{ uri: 'log://1', title: 'Today' }, { uri: 'log://2', name: '' }, { name: 'Nowhere' }],
    });
    expect(resources?.map(({ name }) => name)).toEqual(['Today', 'log://2']);
    expect(warnings).toEqual([
      'Resource "log://1": its name cannot be used, its title or its URI stands for it',
      'Resource number 2: its name cannot be used, its title or its URI stands for it',
      'Resource "Nowhere" was left out: its uri must be a text of 1 to 20000 characters',
    ]);
  });

  it('drops the arguments of a prompt that cannot be used', () => {
    const { prompts, warnings } = toCard({
      prompts: [
        { name: 'pack', arguments: [{ name: 'place', required: 'yes' }, 5, { description: 'nameless' }] },
        { name: 'plan', arguments: 'place' },
      ],
    });
    expect(prompts).toEqual([{ name: 'pack', arguments: [{ name: 'place' }] }, { name: 'plan' }]);
    expect(warnings).toEqual([
      'Prompt "pack": 2 of its arguments were dropped',
      'Prompt "plan": its arguments are no list and were dropped',
    ]);
  });

  it('says at most twenty times what was odd, and never in words that are no text', () => {
    const bidi = 'a\u202e\u0000\nb';
    const { warnings } = toCard({
      tools: Array.from({ length: 50 }, (_, i) => ({ name: `${bidi}${i}`, inputSchema: 1 })),
    });
    expect(warnings).toHaveLength(21);
    expect(warnings[0]).toMatch(/^Tool "a\?\?\?b0" was left out/);
    expect(warnings.at(-1)).toBe('There were 30 more things like these');
  });

  it.each([
    [{ tools: 'none' }, /wrong shape at tools: must be a list/],
    [{ prompts: { pack: {} } }, /wrong shape at prompts: must be a list/],
    ['card', /wrong shape at its top/],
  ])('is none where it is something else altogether: %j', (given, message) => {
    expect(() => toCard(given)).toThrow(ReleaseProblem);
    expect(() => toCard(given)).toThrow(message);
  });
});
