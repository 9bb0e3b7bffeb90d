import type { IModule } from 'dependency-cruiser';

/**
 * Circles between the folders of each room of `src`, as the imports that close them: a folder stands for all that is in
 * it, files at a room's root and tests are left out.
 */
export function folderCircles(modules: readonly IModule[]): string[] {
  const rooms = new Map<string, Map<string, Map<string, string>>>();
  for (const { source, dependencies } of modules) {
    const from = placeOf(source);
    if (from === undefined) continue;
    for (const { resolved } of dependencies) {
      const to = placeOf(resolved);
      if (to === undefined || to.room !== from.room || to.folder === from.folder) continue;
      const folders = getOrAdd(rooms, from.room, new Map<string, Map<string, string>>());
      const targets = getOrAdd(folders, from.folder, new Map<string, string>());
      getOrAdd(targets, to.folder, `${source} → ${resolved}`);
    }
  }
  return [...rooms].flatMap(([room, folders]) => {
    const circle = findCircle(folders);
    return circle === undefined ? [] : [`${room}: ${circle.join('; ')}`];
  });
}

function placeOf(path: string): { room: string; folder: string } | undefined {
  if (/[.]test[.]tsx?$/.test(path)) return undefined;
  const [, room, folder] = /^src\/([^/]+)\/([^/]+)\/./.exec(path) ?? [];
  return room === undefined || folder === undefined ? undefined : { room, folder };
}

// The imports along one circle, in order; undefined where there is none.
function findCircle(folders: ReadonlyMap<string, ReadonlyMap<string, string>>): string[] | undefined {
  const done = new Set<string>();
  // The folders on the way to here, each with the import that led to it.
  const path = new Map<string, string>();

  function visit(folder: string, by: string): string[] | undefined {
    if (path.has(folder)) {
      const start = [...path.keys()].indexOf(folder);
      return [...[...path.values()].slice(start + 1), by];
    }
    if (done.has(folder)) return undefined;
    path.set(folder, by);
    for (const [next, importing] of folders.get(folder) ?? []) {
      const circle = visit(next, importing);
      if (circle !== undefined) return circle;
    }
    path.delete(folder);
    done.add(folder);
    return undefined;
  }

  for (const folder of folders.keys()) {
    const circle = visit(folder, '');
    if (circle !== undefined) return circle;
  }
  return undefined;
}

function getOrAdd<Key, Value>(map: Map<Key, Value>, key: Key, fresh: Value): Value {
  const value = map.get(key) ?? fresh;
  map.set(key, value);
  return value;
}
