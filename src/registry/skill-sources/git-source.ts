import { RegistryError, wrongField } from '#registry/http/registry-error.ts';
import type { RegistryContext } from '#registry/context.ts';
import { MAX_DOCUMENT_BYTES, parseSkillDocument, type SkillDocument } from './skill-document.ts';

const TIMEOUT_MS = 10_000;
const MAX_URL = 2048;
const NAME = /^[A-Za-z0-9_.-]{1,100}$/;

/** Where a skill is kept on GitHub. */
export interface GitSource {
  /** The URL in the one way in which it is written here. */
  gitUrl: string;
  /** Its SKILL.md, below where files of GitHub are found. */
  documentPath: string;
  /** Where all of its repository can be downloaded as a ZIP file. */
  archiveUrl: string;
}

/** Reads the URL of a repository on GitHub, of a folder in it, or of a SKILL.md. Throws a 400 for another one. */
export function parseGitUrl(text: unknown): GitSource {
  const place = typeof text === 'string' && text.length <= MAX_URL ? placeOf(text) : undefined;
  if (place === undefined) {
    throw wrongField(
      'gitUrl',
      'must be the URL of a repository, or of a folder in one, such as "https://github.com/owner/name/tree/main/folder"',
    );
  }
  const repository = `${place.owner}/${place.repository}`;
  const ref = encodeURIComponent(place.ref);
  const folder = [ref, ...place.path.map(encodeURIComponent)].join('/');
  return {
    gitUrl: `https://github.com/${repository}${folder === 'HEAD' ? '' : `/tree/${folder}`}`,
    documentPath: `${repository}/${folder}/SKILL.md`,
    archiveUrl: `https://codeload.github.com/${repository}/zip/${ref}`,
  };
}

/** Fetches a source's SKILL.md. Throws a 404 where there is none, a 422 for a wrong one, a 502 where GitHub fails. */
export async function fetchDocument(
  { upstreamFetch, gitFilesUrl }: Pick<RegistryContext, 'upstreamFetch' | 'gitFilesUrl'>,
  { documentPath }: GitSource,
): Promise<SkillDocument> {
  const url = `${gitFilesUrl}/${documentPath}`;
  const bytes = await readFile(upstreamFetch, url);
  if (bytes === 'missing') {
    throw new RegistryError(
      404,
      `SKILL.md not found at ${url}: check the gitUrl, and that everybody may read the repository`,
    );
  }
  return parseSkillDocument(bytes);
}

async function readFile(
  upstreamFetch: RegistryContext['upstreamFetch'],
  url: string,
): Promise<Uint8Array | 'missing'> {
  try {
    const response = await upstreamFetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    if (response.status === 404) {
      await response.body?.cancel();
      return 'missing';
    }
    if (!response.ok || response.body === null) throw unreachable(`answered with status ${response.status}`);
    const pieces: Uint8Array[] = [];
    let size = 0;
    for await (const piece of response.body as unknown as AsyncIterable<Uint8Array>) {
      size += piece.length;
      if (size > MAX_DOCUMENT_BYTES) {
        throw new RegistryError(422, `SKILL.md: must be at most ${MAX_DOCUMENT_BYTES} bytes`);
      }
      pieces.push(piece);
    }
    return Buffer.concat(pieces);
  } catch (error) {
    throw error instanceof RegistryError ? error : unreachable('could not be reached');
  }
}

function unreachable(what: string): RegistryError {
  return new RegistryError(502, `GitHub ${what}: try again later, or upload the skill as a bundle`);
}

interface Place {
  owner: string;
  repository: string;
  /** A branch, tag or commit; `HEAD` where the URL names none. */
  ref: string;
  /** The steps from the top of the repository to the folder of SKILL.md. */
  path: string[];
}

function placeOf(text: string): Place | undefined {
  if (!URL.canParse(text)) return undefined;
  const { protocol, hostname, pathname, username, password, port } = new URL(text);
  if (protocol !== 'https:' || !['github.com', 'www.github.com'].includes(hostname)) return undefined;
  if (username !== '' || password !== '' || port !== '') return undefined;
  const steps = decodeSteps(pathname);
  const [owner = '', name = '', kind, ref = 'HEAD', ...rest] = steps ?? [];
  const repository = name.replace(/\.git$/, '');
  if (![owner, repository].every((step) => NAME.test(step) && !/^\.+$/.test(step))) return undefined;
  if (kind === undefined) return { owner, repository, ref, path: [] };
  if (kind === 'tree') return { owner, repository, ref, path: rest };
  return kind === 'blob' && rest.at(-1) === 'SKILL.md'
    ? { owner, repository, ref, path: rest.slice(0, -1) }
    : undefined;
}

function decodeSteps(pathname: string): string[] | undefined {
  try {
    const steps = pathname.split('/').filter(Boolean).map(decodeURIComponent);
    return steps.every((step) => !/[/\\\p{C}]/u.test(step) && step !== '.' && step !== '..')
      ? steps
      : undefined;
  } catch {
    return undefined;
  }
}
