import { posix } from 'node:path';
import type { Manifest } from './manifest-shape.ts';

type Runtime = 'node' | 'binary' | 'python' | 'bun';

// As the official command line tells the one from the other.
const RUNTIMES: Record<Manifest['server']['type'], readonly Runtime[]> = {
  node: ['node', 'bun'],
  python: ['python'],
  uv: ['python'],
  binary: ['binary'],
};

/** What a bundle of this manifest can be released as: the official command line calls all that Bun starts `bun`. */
export function runtimesOf({ server }: Manifest): readonly Runtime[] {
  const { command = '' } = server.mcp_config ?? {};
  const runtimes = RUNTIMES[server.type];
  return posix.basename(command) === 'bun' && !runtimes.includes('bun') ? [...runtimes, 'bun'] : runtimes;
}
