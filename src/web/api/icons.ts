import { queryOptions } from '@tanstack/react-query';
import { registryPaths } from '#contract/api-paths.ts';
import { ICONS_PATH, MAX_ICONS, type ServerIcons } from '#contract/server-icons.ts';
import { callApi, readImage } from '#web/api/calling/call-api.ts';
import { serverKeys } from '#web/api/server-cache/server-cache.ts';

/** A server's icon as a data URL; null where it has none to show. Those of a list come in one answer. */
export const iconQuery = (qualifiedName: string) =>
  queryOptions({
    queryKey: serverKeys.part(qualifiedName, 'icon'),
    // Its signal is left alone: a row that goes does not end what is asked for others too.
    queryFn: async () => {
      const { icons } = await askWithOthers(qualifiedName);
      if (Object.hasOwn(icons, qualifiedName)) return icons[qualifiedName] ?? null;
      // Too large to come with others.
      return readImage(registryPaths.icon(qualifiedName), new AbortController().signal);
    },
    // As long as the gateway lets a browser keep it.
    staleTime: 300_000,
  });

// The rows of a list are drawn in a few steps. Words come first anyway.
const GATHER_MS = 150;

interface Gathering {
  names: Set<string>;
  answer: Promise<ServerIcons>;
}

let gathering: Gathering | undefined;

async function askWithOthers(qualifiedName: string): Promise<ServerIcons> {
  if (gathering === undefined || gathering.names.size >= MAX_ICONS) gathering = gather();
  gathering.names.add(qualifiedName);
  return gathering.answer;
}

function gather(): Gathering {
  const names = new Set<string>();
  const answer = new Promise((resolve) => {
    setTimeout(resolve, GATHER_MS);
  }).then(() => {
    if (gathering?.names === names) gathering = undefined;
    const query = new URLSearchParams(Array.from(names, (name) => ['name', name]));
    return callApi<ServerIcons>(`${ICONS_PATH}?${query}`);
  });
  return { names, answer };
}
