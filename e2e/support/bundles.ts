import { zipSync, type Zippable } from 'fflate';

/** A manifest as MCP bundles have it. */
export const MANIFEST = {
  manifest_version: '0.3',
  name: 'weather',
  version: '1.0.0',
  description: 'Says what the sky does',
  author: { name: 'Acme' },
  server: {
    type: 'node',
    entry_point: 'server/index.js',
    mcp_config: { command: 'node', args: ['${__dirname}/server/index.js'] },
  },
  tools: [{ name: 'get_forecast', description: 'By the day' }],
  prompts: [{ name: 'pack', arguments: ['place'] }],
};

/** An MCP bundle: a manifest and its entry point, changed as the test says. */
export function makeBundle({
  manifest = MANIFEST,
  files = {},
}: { manifest?: unknown; files?: Zippable } = {}): Uint8Array {
  return zipSync({
    'manifest.json': Buffer.from(JSON.stringify(manifest)),
    'server/index.js': Buffer.from('console.log("sunny")'),
    ...files,
  });
}

const LOCAL_HEADER = 0x04034b50;
const TABLE_ENTRY = 0x02014b50;

/** The same ZIP file, saying of one of its files that it weighs so many bytes unpacked. */
export function declaringSize(zip: Uint8Array, name: string, size: number): Uint8Array {
  const bytes = Buffer.from(zip);
  for (const [signature, sizeAt, nameAt] of [
    [LOCAL_HEADER, 22, 30],
    [TABLE_ENTRY, 24, 46],
  ] as const) {
    for (let i = 0; i < bytes.length - nameAt; i += 1) {
      if (bytes.readUInt32LE(i) !== signature) continue;
      const start = i + nameAt;
      if (bytes.toString('utf8', start, start + name.length) === name) bytes.writeUInt32LE(size, i + sizeAt);
    }
  }
  return bytes;
}
