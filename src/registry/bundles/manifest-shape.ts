import { z } from 'zod';

const MAX_NAME = 256;

const command = z.string().min(1);
const args = z.array(z.string()).nullish();
// Only looked into: what else it holds is for whoever starts the server.
const env = z.record(z.string(), z.unknown()).nullish();

const overrideShape = z.looseObject({ command: command.nullish(), args, env });
const configShape = z.looseObject({
  command,
  args,
  env,
  platform_overrides: z.record(z.string(), overrideShape).nullish(),
});

/** What is read of a `manifest.json`, of whatever version. What only others read may be as it likes. */
export const manifestShape = z.looseObject({
  name: z.string().min(1).max(MAX_NAME),
  version: z.string().min(1).max(MAX_NAME),
  display_name: z.unknown().optional(),
  description: z.unknown().optional(),
  homepage: z.unknown().optional(),
  icon: z.unknown().optional(),
  icons: z.unknown().optional(),
  server: z.looseObject({
    type: z.enum(['node', 'python', 'binary', 'uv'], 'must be "node", "python", "binary" or "uv"'),
    entry_point: z.string().min(1).optional(),
    mcp_config: configShape.optional(),
  }),
  tools: z.unknown().optional(),
  prompts: z.unknown().optional(),
  user_config: z.unknown().optional(),
});

/** What a bundle says about itself. */
export type Manifest = z.output<typeof manifestShape>;
