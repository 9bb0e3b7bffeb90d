import type { ServerGetResponse } from '@smithery/api/resources/servers/servers';
import type { ReleaseStatus } from '#contract/release-statuses.ts';
import type { ReleaseType, ServerRow } from '#database/registry-tables.ts';
import type { IconName } from './sample-icons.ts';

/** A sample as the catalogue tells it; ids, times and logs are made up from the seed. */
export interface SampleServer {
  name: string;
  displayName: string;
  description: string;
  /** How it is released; null where it never was. */
  type: ReleaseType | null;
  /** How its releases went, oldest first. */
  releases: readonly ReleaseStatus[];
  /** Days since it was registered, and since its latest release. */
  age: number;
  lastRelease: number;
  useCount: number;
  callsPerDay: number;
  tools?: ServerGetResponse.Tool[];
  resources?: ServerGetResponse.Resource[];
  prompts?: ServerGetResponse.Prompt[];
  secrets?: readonly string[];
  subdomain?: string;
  icon?: IconName;
  runtime?: ServerRow['runtime'];
  upstreamUrl?: string;
  homepage?: string;
  repositoryUrl?: string;
  license?: string;
  configSchema?: Record<string, unknown>;
  unlisted?: boolean;
  verified?: boolean;
}

type Parameter = { type: string; description: string; enum?: string[]; default?: unknown; items?: unknown };

/** A tool whose parameters are all required, save those named in `optional`. */
export function tool(
  name: string,
  description: string | null,
  parameters: Record<string, Parameter> = {},
  optional: readonly string[] = [],
): ServerGetResponse.Tool {
  const required = Object.keys(parameters).filter((parameter) => !optional.includes(parameter));
  const inputSchema = { type: 'object' as const, properties: parameters, required };
  return { name, description, inputSchema };
}

/** A text parameter. */
export function text(description: string): Parameter {
  return { type: 'string', description };
}

/** A whole-number parameter. */
export function count(description: string, preset?: number): Parameter {
  return { type: 'integer', description, ...(preset === undefined ? {} : { default: preset }) };
}

/** A parameter with a fixed set of values. */
export function choice(description: string, values: string[]): Parameter {
  return { type: 'string', description, enum: values };
}
