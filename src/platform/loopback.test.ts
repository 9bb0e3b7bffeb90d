import { describe, expect, it } from 'vitest';
import { isLoopback } from './loopback.ts';

describe('an address', () => {
  it.each(['localhost', '127.0.0.1', '127.8.9.10', '::1', '[::1]'])('%s is only this machine', (host) => {
    expect(isLoopback(host)).toBe(true);
  });

  it.each(['0.0.0.0', '::', '10.0.0.1', '127.example.com', 'localhost.example.com', '127.0.0.1:4000', ''])(
    '%s may be reached by others, or is no address',
    (host) => {
      expect(isLoopback(host)).toBe(false);
    },
  );
});
