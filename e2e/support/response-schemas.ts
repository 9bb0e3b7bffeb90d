import type { SmitheryPageResponse } from '@smithery/api/core/pagination';
import type { HealthCheckResponse } from '@smithery/api/resources/health';
import type {
  NamespaceCreateResponse,
  NamespaceDeleteResponse,
  NamespaceListResponse,
  NamespaceSetResponse,
} from '@smithery/api/resources/namespaces/namespaces';
import type { ServerCreateResponse as ServerInNamespaceResponse } from '@smithery/api/resources/namespaces/servers';
import type {
  APIKeyCreateResponse,
  APIKeyDeleteResponse,
  APIKeyListResponse,
} from '@smithery/api/resources/organizations/api-keys';
import type { DomainListResponse, DomainUpdateResponse } from '@smithery/api/resources/servers/domains';
import type { IconDeleteResponse, IconUploadResponse } from '@smithery/api/resources/servers/icon';
import type { LogListResponse } from '@smithery/api/resources/servers/logs';
import type {
  ReleaseDeployResponse,
  ReleaseGetResponse,
  ReleaseListResponse,
  ReleaseResumeResponse,
} from '@smithery/api/resources/servers/releases';
import type {
  SecretDeleteResponse,
  SecretListResponse,
  SecretSetResponse,
} from '@smithery/api/resources/servers/secrets';
import type {
  ServerCreateResponse,
  ServerDeleteResponse,
  ServerGetResponse,
  ServerListResponse,
  ServerTransferResponse,
  ServerUpdateResponse,
} from '@smithery/api/resources/servers/servers';
import type {
  SkillCreateResponse,
  SkillDeleteResponse,
  SkillGetResponse,
  SkillListResponse,
  SkillSetResponse,
  SkillSyncResponse,
  SkillUploadResponse,
} from '@smithery/api/resources/skills';
import type { CreateTokenResponse } from '@smithery/api/resources/tokens';
import { z } from 'zod';
import {
  SERVER_FILTERS,
  SERVER_STATES,
  type OwnedServerPage,
  type ServerCounts,
} from '#contract/owned-servers.ts';
import { AUDIT_ACTIONS, type AuditEntry } from '#contract/activity.ts';

/** Compiles only where what the schema lets through is exactly what the official client expects. */
type SameAs<Shape, Schema extends z.ZodType> = [Shape] extends [z.output<Schema>]
  ? [z.output<Schema>] extends [Shape]
    ? Schema
    : never
  : never;

/** Says at compile time that the schema and the client's type agree both ways. */
function shapeOf<Shape>() {
  return <Schema extends z.ZodType>(schema: Schema & SameAs<Shape, Schema>): z.ZodType<Shape> =>
    schema as unknown as z.ZodType<Shape>;
}

// The client leaves these optional; the API's description does not.
interface Page {
  pagination: Required<SmitheryPageResponse.Pagination>;
}

const text = z.string();
const count = z.number().int().min(0);
const time = z.iso.datetime({ precision: 3 });
// Runtime logs alone write times so, in UTC.
const logTime = z.string().regex(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
const anyObject = z.record(z.string(), z.unknown());
const success = { success: z.boolean() };
const pagination = z.strictObject({
  currentPage: count,
  pageSize: count,
  totalPages: count,
  totalCount: count,
});

const ownedServer = z.strictObject({
  id: text.exactOptional(),
  qualifiedName: text,
  namespace: text,
  displayName: text,
  description: text,
  iconUrl: text.nullable(),
  state: z.enum(SERVER_STATES),
  isUnlisted: z.boolean().exactOptional(),
  isProtected: z.boolean().exactOptional(),
  createdAt: time.exactOptional(),
  uses: count.exactOptional(),
  latestRelease: z
    .strictObject({ id: text, status: text, at: time, reason: text.nullable().exactOptional() })
    .nullable()
    .exactOptional(),
  liveRelease: z.strictObject({ id: text, type: text.nullable(), at: time }).nullable().exactOptional(),
  calls: z.strictObject({
    lastAt: time.nullable().exactOptional(),
    in7Days: count.exactOptional(),
    in30Days: count.exactOptional(),
    errorShare: z.number().min(0).max(1).nullable().exactOptional(),
    errorSample: count.exactOptional(),
    since: time.exactOptional(),
  }),
  tools: z.array(text).exactOptional(),
  domains: z.array(text).exactOptional(),
  asOf: time,
});

const serverSummary = z.strictObject({
  id: z.uuid(),
  bySmithery: z.boolean(),
  createdAt: time,
  description: text,
  displayName: text,
  homepage: text,
  iconUrl: text.nullable(),
  isDeployed: z.boolean(),
  namespace: text.nullable(),
  owner: text.nullable(),
  qualifiedName: text,
  remote: z.boolean().nullable(),
  score: z.number().nullable(),
  slug: text.nullable(),
  useCount: count,
  verified: z.boolean(),
});

const skillSummary = z.strictObject({
  id: text,
  createdAt: time,
  description: text,
  displayName: text,
  listed: z.boolean(),
  namespace: text,
  prompt: text.nullable(),
  qualityScore: z.number().min(0).max(1),
  slug: text,
  verified: z.boolean(),
  categories: z.array(text).exactOptional(),
  externalForks: count.exactOptional(),
  externalStars: count.exactOptional(),
  gitUrl: text.nullable().exactOptional(),
  servers: z.array(text).exactOptional(),
  totalActivations: count.exactOptional(),
  uniqueUsers: count.exactOptional(),
});

const storedSkill = z.strictObject({
  id: text,
  createdAt: time,
  description: text,
  displayName: text,
  externalStars: count,
  gitUrl: text.nullable(),
  listed: z.boolean(),
  namespace: text,
  slug: text,
  updatedAt: time,
});

const releaseFields = {
  id: text,
  createdAt: time,
  status: text,
  type: text,
  updatedAt: time,
  branch: text.nullable().exactOptional(),
  commit: text.nullable().exactOptional(),
  commitMessage: text.nullable().exactOptional(),
  mcpUrl: text.exactOptional(),
  upstreamUrl: text.nullable().exactOptional(),
};

const createdServer = z.strictObject({
  createdAt: time,
  description: text,
  displayName: text,
  namespace: text,
  server: text,
});

const domain = z.strictObject({
  id: z.literal('managed'),
  createdAt: time,
  hostname: text,
  subdomain: text,
  type: z.literal('managed'),
  updatedAt: time,
});

/** What goes wrong is always told so. */
export const errorBody = z.strictObject({
  error: z.string().min(1),
  message: z.string().min(1).exactOptional(),
});

const auditEntry = shapeOf<AuditEntry>()(
  z.strictObject({
    id: z.uuid(),
    at: time,
    action: z.enum(AUDIT_ACTIONS),
    actor: z.strictObject({
      kind: z.enum(['key', 'token', 'client', 'operator', 'registry', 'stranger']),
      user: text.nullable(),
      keyId: text.nullable(),
      keyLabel: text.nullable(),
    }),
    origin: z.enum(['desk', 'cli', 'api', 'client', 'command', 'registry']),
    product: text.nullable(),
    target: text.nullable(),
    targetId: text.nullable(),
    namespace: text.nullable(),
    changes: z.array(
      z.strictObject({ field: text, before: z.unknown().optional(), after: z.unknown().optional() }),
    ),
    outcome: z.enum(['applied', 'succeeded', 'failed', 'waiting', 'refused']),
    note: text.nullable(),
    operationId: text.nullable(),
    requestId: text.nullable(),
    address: text.nullable(),
  }),
);

/** The body of each documented success, in the official client's words. */
export const responseSchemas = {
  health: shapeOf<HealthCheckResponse>()(z.strictObject({ status: text, timestamp: time })),
  serverList: shapeOf<{ servers: ServerListResponse[] } & Page>()(
    z.strictObject({ servers: z.array(serverSummary), pagination }),
  ),
  auditList: z.strictObject({ entries: z.array(auditEntry), nextBefore: z.uuid().nullable() }),
  tombstone: z.strictObject({
    qualifiedName: text,
    id: text.nullable(),
    displayName: text.nullable(),
    entry: auditEntry.nullable(),
    went: z.record(text, z.int().positive()).nullable(),
    heldUntil: time.nullable(),
    movedTo: text.nullable(),
  }),
  identity: z.strictObject({
    user: text.nullable(),
    isOrganization: z.boolean(),
    keyLabel: text.nullable(),
    keyExpiresAt: time.nullable(),
    organizations: z.array(text),
    isAdmin: z.boolean(),
  }),
  toolList: z.strictObject({
    tools: z.array(
      z.strictObject({
        name: text,
        title: text.nullable(),
        description: text.nullable(),
        inputSchema: anyObject,
        server: z.strictObject({ qualifiedName: text, displayName: text, iconUrl: text.nullable() }),
        score: z.number(),
      }),
    ),
    pagination,
  }),
  ownedServers: shapeOf<OwnedServerPage>()(
    z.strictObject({
      servers: z.array(ownedServer),
      nextCursor: text.nullable(),
      isFilling: z.boolean(),
      asOf: time,
    }),
  ),
  serverCounts: shapeOf<ServerCounts>()(
    z.strictObject({
      total: count,
      filters: z.partialRecord(z.enum(SERVER_FILTERS), count),
      namespaces: z.record(text, count),
      isFilling: z.boolean(),
      asOf: time,
    }),
  ),
  server: shapeOf<ServerGetResponse>()(
    z.strictObject({
      connections: z.array(
        z.union([
          z.strictObject({
            bundleUrl: text,
            signer: z
              .strictObject({
                subject: text,
                issuer: text,
                validFrom: time,
                validTo: time,
                isSelfSigned: z.boolean(),
                fingerprint: z.string().regex(/^[0-9a-f]{64}$/),
                isVerified: z.boolean(),
              })
              .optional(),
            configSchema: anyObject,
            runtime: z.enum(['node', 'binary', 'python', 'bun']),
            type: z.literal('stdio'),
          }),
          z.strictObject({
            configSchema: anyObject,
            deploymentUrl: text,
            transport: z.literal('sse').optional(),
            type: z.literal('http'),
          }),
        ]),
      ),
      deploymentUrl: text.nullable(),
      description: text,
      displayName: text,
      iconUrl: text.nullable(),
      prompts: z
        .array(
          z.strictObject({
            name: text,
            arguments: z
              .array(
                z.strictObject({
                  name: text,
                  description: text.exactOptional(),
                  required: z.boolean().exactOptional(),
                }),
              )
              .exactOptional(),
            description: text.exactOptional(),
          }),
        )
        .nullable(),
      qualifiedName: text,
      remote: z.boolean(),
      resources: z
        .array(
          z.strictObject({
            name: text,
            uri: text,
            description: text.exactOptional(),
            mimeType: text.exactOptional(),
          }),
        )
        .nullable(),
      security: z.strictObject({ scanPassed: z.boolean() }).nullable(),
      tools: z
        .array(
          z.strictObject({
            description: text.nullable(),
            inputSchema: z.object({
              type: z.literal('object'),
              properties: anyObject.exactOptional(),
            }),
            name: text,
            outputSchema: z
              .object({
                type: z.literal('object'),
                properties: anyObject.exactOptional(),
                required: z.array(text).exactOptional(),
              })
              .exactOptional(),
          }),
        )
        .nullable(),
    }),
  ),
  createdServer: shapeOf<ServerCreateResponse & ServerInNamespaceResponse>()(createdServer),
  updatedServer: shapeOf<ServerUpdateResponse & ServerDeleteResponse>()(
    z.strictObject({ ...success, namespace: text, server: text }),
  ),
  transferredServer: shapeOf<ServerTransferResponse>()(
    z.strictObject({ ...success, namespace: text, server: text, qualifiedName: text }),
  ),
  releaseList: shapeOf<{ releases: ReleaseListResponse[] } & Page>()(
    z.strictObject({ releases: z.array(z.strictObject(releaseFields)), pagination }),
  ),
  release: shapeOf<ReleaseGetResponse>()(
    z.strictObject({
      ...releaseFields,
      logs: z
        .array(
          z.strictObject({
            level: text,
            message: text,
            stage: z.enum(['deploy', 'scan', 'metadata', 'publish']),
            timestamp: time,
            error: z.strictObject({ message: text.exactOptional() }).exactOptional(),
          }),
        )
        .exactOptional(),
    }),
  ),
  deployment: shapeOf<ReleaseDeployResponse>()(
    z.strictObject({
      deploymentId: text,
      mcpUrl: text,
      status: text,
      warnings: z.array(text).exactOptional(),
    }),
  ),
  resumedRelease: shapeOf<ReleaseResumeResponse>()(z.strictObject({ deploymentId: text, status: text })),
  logs: shapeOf<LogListResponse>()(
    z.strictObject({
      invocations: z.array(
        z.strictObject({
          id: text,
          duration: z.strictObject({ cpuMs: z.number().min(0), wallMs: z.number().min(0) }),
          exceptions: z.array(z.strictObject({ message: text, name: text, timestamp: logTime })),
          logs: z.array(z.strictObject({ level: text, message: text, timestamp: logTime })),
          request: z.strictObject({ method: text, url: text }),
          response: z.strictObject({ outcome: text, status: count }),
          timestamp: logTime,
        }),
      ),
      total: count,
    }),
  ),
  secretList: shapeOf<SecretListResponse>()(
    z.array(z.strictObject({ name: text, type: text, lost: z.literal(true).optional() })),
  ),
  done: shapeOf<SecretSetResponse & SecretDeleteResponse & IconDeleteResponse & APIKeyDeleteResponse>()(
    z.strictObject(success),
  ),
  domainList: shapeOf<DomainListResponse>()(z.strictObject({ domains: z.array(domain) })),
  domain: shapeOf<DomainUpdateResponse>()(domain),
  icon: shapeOf<IconUploadResponse>()(z.strictObject({ iconUrl: text })),
  namespaceList: shapeOf<{ namespaces: NamespaceListResponse[] } & Page>()(
    z.strictObject({ namespaces: z.array(z.strictObject({ name: text })), pagination }),
  ),
  namespace: shapeOf<NamespaceCreateResponse & NamespaceSetResponse>()(
    z.strictObject({ createdAt: time, name: text }),
  ),
  deletedNamespace: shapeOf<NamespaceDeleteResponse>()(z.strictObject({ ...success, name: text })),
  token: shapeOf<CreateTokenResponse>()(z.strictObject({ token: text, expiresAt: time })),
  apiKeyList: shapeOf<APIKeyListResponse>()(
    z.strictObject({ apiKeys: z.array(z.strictObject({ id: text, createdAt: time, name: text })) }),
  ),
  apiKey: shapeOf<APIKeyCreateResponse>()(
    z.strictObject({ id: text, createdAt: time, key: text, name: text }),
  ),
  skillList: shapeOf<{ skills: SkillListResponse[] } & Page>()(
    z.strictObject({ skills: z.array(skillSummary), pagination }),
  ),
  skill: shapeOf<SkillGetResponse>()(
    z.strictObject({
      id: text,
      categories: z.array(text),
      createdAt: time,
      description: text,
      displayName: text,
      externalForks: count,
      externalStars: count,
      gitUrl: text.nullable(),
      listed: z.boolean(),
      namespace: text,
      owner: text.nullable(),
      prompt: text,
      qualityScore: z.number().min(0).max(1),
      servers: z.array(text),
      slug: text,
      totalActivations: count,
      uniqueUsers: count,
      verified: z.boolean(),
    }),
  ),
  storedSkill: shapeOf<SkillSetResponse & SkillUploadResponse>()(storedSkill),
  createdSkill: shapeOf<SkillCreateResponse>()(
    storedSkill.omit({ externalStars: true, updatedAt: true }).extend({ gitUrl: text }),
  ),
  syncedSkill: shapeOf<SkillSyncResponse>()(
    storedSkill.omit({ listed: true, createdAt: true }).extend({ gitUrl: text }),
  ),
  deletedSkill: shapeOf<SkillDeleteResponse>()(z.strictObject({ ...success, qualifiedName: text })),
};
