import { createHash } from 'node:crypto';
import type { Insertable } from 'kysely';
import { nameKey } from '#contract/name-order.ts';
import { formatQualifiedName, parseQualifiedName } from '#contract/qualified-name.ts';
import type { DomainRow, IconRow, SecretRow, ServerRow } from '#database/registry-tables.ts';
import { parseRepository } from '#registry/servers/repository-url.ts';
import { drawIcon } from './sample-icons.ts';
import type { Random } from './random.ts';
import type { SampleServer } from './sample-server.ts';

const DAY = 86_400_000;

/** The server's own row. */
export function makeServerRow(
  sample: SampleServer,
  { random, now }: { random: Random; now: Date },
): Insertable<ServerRow> {
  const name = parseQualifiedName(sample.name);
  if (name === undefined) throw new Error(`Sample has no qualified name: ${sample.name}`);
  const repository = parseRepository(sample.repositoryUrl ?? null);
  return {
    id: random.uuid(),
    namespace: name.namespace,
    slug: name.server,
    qualified_name: formatQualifiedName(name),
    display_name: sample.displayName,
    name_key: nameKey(sample.displayName),
    description: sample.description,
    homepage: sample.homepage ?? null,
    repository_url: sample.repositoryUrl ?? null,
    repo_owner: repository?.owner ?? null,
    repo_name: repository?.name ?? null,
    backlink_url: null,
    license: sample.license ?? null,
    icon_url: null,
    owns_display_name: 1,
    owns_description: 1,
    owns_homepage: 1,
    owns_icon: 1,
    unlisted: Number(sample.unlisted ?? false),
    verified: Number(sample.verified ?? false),
    managed: 0,
    use_count: sample.useCount,
    ...liveState(sample),
    created_at: registrationTime(sample, now),
    updated_at: registrationTime(sample, now),
    config_schema: toJson(sample.configSchema),
    tools: toJson(sample.tools),
    resources: toJson(sample.resources),
    prompts: toJson(sample.prompts),
  };
}

function liveState({ type, releases, runtime }: SampleServer) {
  const isLive = releases.includes('SUCCESS');
  return {
    remote: type === null ? null : Number(type !== 'stdio'),
    live_type: isLive ? type : null,
    runtime: isLive ? (runtime ?? null) : null,
    scan_passed: isLive ? 1 : releases.includes('FAILURE_SCAN') ? 0 : null,
  };
}

/** When a sample was registered, as ISO 8601. */
function registrationTime({ age }: SampleServer, now: Date): string {
  return new Date(now.getTime() - age * DAY).toISOString();
}

/** The names of a sample's secrets. */
export function makeSecrets({ secrets = [] }: SampleServer, serverRid: number): SecretRow[] {
  return secrets.map((name) => ({
    server_rid: serverRid,
    name,
    type: 'secret_text',
    sealed: null,
    lost_at: null,
    origin: null,
  }));
}

/** The managed domain of a sample that has one. */
export function makeDomain(sample: SampleServer, serverRid: number, now: Date): DomainRow[] {
  const { subdomain } = sample;
  if (subdomain === undefined) return [];
  const time = registrationTime(sample, now);
  return [
    {
      server_rid: serverRid,
      hostname: `${subdomain}.run.tools`,
      subdomain,
      created_at: time,
      updated_at: time,
    },
  ];
}

/** The stored icon of a sample that has one. */
export function makeIcon({ icon }: SampleServer, serverRid: number): IconRow[] {
  if (icon === undefined) return [];
  const bytes = Buffer.from(drawIcon(icon));
  const hash = createHash('sha256').update(bytes).digest('hex');
  return [{ server_rid: serverRid, content_type: 'image/svg+xml', bytes, hash }];
}

function toJson(value: unknown): string | null {
  return value === undefined ? null : JSON.stringify(value);
}
