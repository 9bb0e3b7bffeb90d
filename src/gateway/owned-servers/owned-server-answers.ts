import { z } from 'zod';
import { REGISTRY_PREFIX, registryPaths } from '#contract/api-paths.ts';
import {
  MAX_PAGE,
  type OwnedServer,
  type OwnedServerPage,
  SERVER_FILTERS,
  SERVER_STATES,
  type ServerCounts,
} from '#contract/owned-servers.ts';
import { parseQualifiedName } from '#contract/qualified-name.ts';
import { entry, exactly, flag, list, orNull, type Reading } from '#gateway/registry/lenient-shapes.ts';

// What our own registry answers, by the types that both sides share.

const time = z.iso.datetime();
const count = z.int().min(0);
const qualifiedName = z.string().refine((name) => parseQualifiedName(name) !== undefined);

const release = z.object({
  id: z.string(),
  status: z.string(),
  at: time,
  reason: z.string().nullable().exactOptional(),
});

const server: z.ZodType<OwnedServer> = z
  .object({
    id: z.string().exactOptional(),
    qualifiedName,
    namespace: z.string(),
    displayName: z.string(),
    description: z.string(),
    iconUrl: z.string().nullable(),
    state: z.enum(SERVER_STATES),
    isUnlisted: z.boolean().exactOptional(),
    isProtected: z.boolean().exactOptional(),
    createdAt: time.exactOptional(),
    uses: count.exactOptional(),
    latestRelease: release.nullable().exactOptional(),
    liveRelease: z
      .object({ id: z.string(), type: z.string().nullable(), at: time })
      .nullable()
      .exactOptional(),
    calls: z.object({
      lastAt: time.nullable().exactOptional(),
      in7Days: count.exactOptional(),
      in30Days: count.exactOptional(),
      errorShare: z.number().min(0).max(1).nullable().exactOptional(),
      errorSample: count.exactOptional(),
      since: time.exactOptional(),
    }),
    tools: z.array(z.string()).exactOptional(),
    domains: z.array(z.string()).exactOptional(),
    asOf: time,
  })
  .transform((read) => ({ ...read, iconUrl: read.iconUrl === null ? null : ownIcon(read.qualifiedName) }));

/** Where a server's icon is found: below the gateway, never at the address that a registry gives. */
export function ownIcon(name: string): string {
  return REGISTRY_PREFIX + registryPaths.icon(name);
}

/** A page of servers, without those that are unusable. */
export const ownedServerPage: Reading<OwnedServerPage> = entry({
  servers: list(exactly(server), MAX_PAGE),
  nextCursor: orNull(exactly(z.string().min(1))),
  isFilling: flag,
  asOf: exactly(time),
});

export const serverCounts: Reading<ServerCounts> = exactly(
  z.object({
    total: count,
    filters: z.partialRecord(z.enum(SERVER_FILTERS), count),
    namespaces: z.record(z.string(), count),
    isFilling: z.boolean(),
    asOf: time,
  }),
);
