import { describe, expect, it } from 'vitest';
import { completeServer, identifiedServer, requireCount, requireList } from './response-checks.ts';

describe('an answer that is less than promised', () => {
  it('still makes a page', () => {
    expect(completeServer({}, 'acme/weather')).toEqual({
      qualifiedName: 'acme/weather',
      displayName: 'acme/weather',
      description: '',
      iconUrl: null,
      remote: false,
      deploymentUrl: null,
      connections: [],
      tools: null,
      resources: null,
      prompts: null,
      security: null,
    });
  });

  it('never changes which server the page is about', () => {
    const answer = { qualifiedName: 'acme/other', displayName: 'Other' };
    expect(completeServer(answer, 'acme/weather').qualifiedName).toBe('acme/weather');
  });

  it('loses list entries that are nothing, and keeps the rest', () => {
    const tool = { name: 'look', description: null, inputSchema: { type: 'object' } } as const;
    const tools = [null, tool] as unknown as [typeof tool];
    expect(completeServer({ tools }, 'acme/weather').tools).toEqual([tool]);
  });

  it('is unreadable without the list or the count it is about', () => {
    expect(() => requireList(undefined)).toThrow(expect.objectContaining({ code: 'registry-bad-answer' }));
    expect(() => requireCount(undefined)).toThrow(expect.objectContaining({ code: 'registry-bad-answer' }));
    expect(requireList([])).toEqual([]);
    expect(requireCount(0)).toBe(0);
  });

  it('identifies no server without an id', () => {
    const entry = { qualifiedName: 'acme/weather' } as Parameters<typeof identifiedServer>[0];
    expect(identifiedServer(entry)).toBeNull();
    expect(identifiedServer(undefined)).toBeNull();
  });
});
