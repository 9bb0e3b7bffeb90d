import { defineConfig } from 'vitest/config';

// Tests with programs of others, on the built server: apart from the rest, since they are large and installed apart.
export default defineConfig({
  test: {
    include: ['e2e/peers/**/*.peer.ts'],
    testTimeout: 90_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
  },
});
