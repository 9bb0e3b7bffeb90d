import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { engines } from '#e2e/support/databases.ts';
import { createTestRegistry, TEST_NOW, type TestRegistry } from '#e2e/support/test-registry.ts';

const DAY = 86_400_000;
const HOLD = 30 * DAY;

const namespace = fc.constantFrom('one', 'two');
const slug = fc.constantFrom('', 'a');
const caller = fc.constantFrom('owner', 'rival');
const place = { caller, namespace, slug };

/** One thing that somebody does. */
const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ act: fc.constant('create namespace' as const), caller, namespace }) },
  { weight: 2, arbitrary: fc.record({ act: fc.constant('delete namespace' as const), caller, namespace }) },
  { weight: 4, arbitrary: fc.record({ act: fc.constant('create' as const), ...place }) },
  { weight: 3, arbitrary: fc.record({ act: fc.constant('delete' as const), ...place }) },
  {
    weight: 4,
    arbitrary: fc.record({
      act: fc.constant('transfer' as const),
      ...place,
      toNamespace: namespace,
      toSlug: fc.constantFrom('a', 'b'),
    }),
  },
  // No request does this: an operator may, and holds are kept from the new owner too.
  { weight: 1, arbitrary: fc.record({ act: fc.constant('hand over' as const), caller, namespace }) },
  {
    weight: 1,
    arbitrary: fc.record({ act: fc.constant('wait' as const), days: fc.constantFrom(1, 16, 31) }),
  },
);
type Request = Exclude<Step, { act: 'wait' | 'hand over' }>;
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

/** What should be: namespaces and holds by name, servers by name with the secret that each was given. */
class Model {
  readonly owners = new Map<string, string>();
  readonly servers = new Map<string, string>();
  readonly holds = new Map<string, { owner: string; until: number }>();
  now = TEST_NOW.getTime();
  private made = 0;

  /** The status that the registry must answer with. */
  play(step: Request): number {
    const { act, caller, namespace } = step;
    const owner = this.owners.get(namespace);
    if (act === 'create namespace') return this.createNamespace(namespace, caller, owner);
    if (act === 'delete namespace') return this.deleteNamespace(namespace, caller, owner);
    const name = nameOf(namespace, step.slug);
    if (act === 'create') return this.create(name, caller, owner);
    if (act === 'transfer') return this.transfer(step, name, owner);
    if (owner !== caller || !this.servers.delete(name)) return 404;
    this.hold(`server ${name}`, owner);
    return 200;
  }

  private createNamespace(name: string, caller: string, owner: string | undefined): number {
    if (owner !== undefined) return owner === caller ? 201 : 409;
    if (!this.take(`namespace ${name}`, caller)) return 403;
    this.owners.set(name, caller);
    return 201;
  }

  private deleteNamespace(name: string, caller: string, owner: string | undefined): number {
    if (owner === undefined) return 404;
    if (owner !== caller) return 403;
    if ([...this.servers.keys()].some((server) => namespaceOf(server) === name)) return 409;
    this.owners.delete(name);
    this.hold(`namespace ${name}`, owner);
    return 200;
  }

  private create(name: string, caller: string, owner: string | undefined): number {
    if (owner === undefined) return 404;
    if (owner !== caller) return 403;
    if (this.servers.has(name)) return 201;
    if (!this.take(`server ${name}`, caller)) return 403;
    this.made += 1;
    this.servers.set(name, `SECRET_${this.made}`);
    return 201;
  }

  private transfer(
    { caller, toNamespace, toSlug }: Extract<Step, { act: 'transfer' }>,
    name: string,
    owner: string | undefined,
  ): number {
    const secret = this.servers.get(name);
    if (secret === undefined || owner === undefined) return 404;
    if (owner !== caller) return 403;
    const newOwner = this.owners.get(toNamespace);
    if (newOwner === undefined) return 404;
    if (newOwner !== caller) return 403;
    const to = nameOf(toNamespace, toSlug);
    if (to === name) return 400;
    if (this.servers.has(to)) return 409;
    if (!this.take(`server ${to}`, caller)) return 403;
    this.servers.delete(name);
    this.servers.set(to, secret);
    this.hold(`server ${name}`, owner);
    return 200;
  }

  private hold(name: string, owner: string): void {
    this.holds.set(name, { owner, until: this.now + HOLD });
  }

  private take(name: string, caller: string): boolean {
    const hold = this.holds.get(name);
    if (hold !== undefined && hold.until > this.now && hold.owner !== caller) return false;
    this.holds.delete(name);
    return true;
  }
}

const nameOf = (namespace: string, slug: string) => (slug === '' ? namespace : `${namespace}/${slug}`);
const namespaceOf = (name: string) => name.split('/')[0] ?? '';

describe.each(engines)('whatever is done to names on %s', (engine) => {
  let registry: TestRegistry;
  beforeAll(async () => {
    registry = await createTestRegistry(engine);
  });
  afterAll(async () => registry.drop());

  const callAs = (caller: string, method: string, path: string, body?: unknown) =>
    registry.call(method, path, {
      key: caller === 'owner' ? registry.ownerKey : registry.rivalKey,
      ...(body === undefined ? {} : { body }),
    });
  const idOf = (caller: string) => (caller === 'owner' ? registry.ownerId : registry.rivalId);

  const perform = async (step: Request): Promise<number> => {
    const { act, caller, namespace } = step;
    if (!('slug' in step)) {
      const method = act === 'create namespace' ? 'PUT' : 'DELETE';
      return (await callAs(caller, method, `/namespaces/${namespace}`)).status;
    }
    const path = `/servers/${encodeURIComponent(nameOf(namespace, step.slug))}`;
    if (step.act !== 'transfer') {
      return (await callAs(caller, step.act === 'create' ? 'PUT' : 'DELETE', path)).status;
    }
    const body = {
      targetNamespace: step.toNamespace,
      targetOrganizationId: idOf(caller),
      targetSlug: step.toSlug,
    };
    return (await callAs(caller, 'POST', `${path}/transfer`, body)).status;
  };

  /** Gives every server that was made now its secret. */
  const giveSecrets = async (model: Model, known: Set<string>) => {
    for (const [name, secret] of model.servers) {
      if (known.has(secret)) continue;
      known.add(secret);
      const owner = model.owners.get(namespaceOf(name)) ?? '';
      const path = `/servers/${encodeURIComponent(name)}/secrets`;
      expect((await callAs(owner, 'PUT', path, { name: secret, value: 'v' })).status).toBe(200);
    }
  };

  const stateOf = async () => {
    const rows = await registry.db
      .selectFrom('servers')
      .leftJoin('secrets', 'secrets.server_rid', 'servers.rid')
      .select(['servers.qualified_name', 'servers.id', 'secrets.name as secret'])
      .orderBy('servers.qualified_name')
      .execute();
    return rows;
  };

  it('every name has at most one server, holds are respected and nothing of a server is lost', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 40, maxLength: 80 }), async (steps) => {
        await registry.clear();
        await registry.db.deleteFrom('namespaces').execute();
        const model = new Model();
        const ids = new Map<string, string>();
        const known = new Set<string>();
        for (const one of steps) {
          if (one.act === 'wait') {
            model.now += one.days * DAY;
            registry.clock.now = new Date(model.now);
            continue;
          }
          if (one.act === 'hand over') {
            if (!model.owners.has(one.namespace)) continue;
            model.owners.set(one.namespace, one.caller);
            await registry.db
              .updateTable('namespaces')
              .set({ owner_id: idOf(one.caller) })
              .where('name', '=', one.namespace)
              .execute();
            continue;
          }
          const expected = model.play(one);
          expect([one, await perform(one)]).toEqual([one, expected]);
          await giveSecrets(model, known);
          const state = await stateOf();
          const servers = state.map(({ qualified_name, secret }) => [qualified_name, secret]);
          expect(servers).toEqual([...model.servers].sort(([a], [b]) => (a < b ? -1 : 1)));
          for (const { id, secret } of state) {
            // A server is known by its secret: it keeps its id wherever it goes, and nobody else has it.
            const known = ids.get(secret ?? '') ?? id;
            expect([secret, known]).toEqual([secret, id]);
            ids.set(secret ?? '', id);
          }
          expect(new Set(ids.values()).size).toBe(ids.size);
        }
        expect(registry.failures).toEqual([]);
      }),
      { numRuns: 40 },
    );
  }, 120_000);
});
