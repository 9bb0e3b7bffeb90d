import { readFileSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { getRequestListener } from '@hono/node-server';
import react from '@vitejs/plugin-react';
import { type Plugin, preprocessCSS, type ResolvedConfig, type Rolldown } from 'vite';
import { defineConfig } from 'vitest/config';
import { REGISTRY_MOUNT, REGISTRY_PREFIX } from './src/contract/api-paths.ts';
import { LongestFirst } from './e2e/support/longest-first.ts';

const { version } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8')) as {
  version: string;
};

const gatewayPaths = new RegExp(
  `^(${REGISTRY_PREFIX}|${REGISTRY_MOUNT}|/\\.well-known|/healthz|/readyz)(/|\\?|$)`,
);

/** `npm run dev`: Vite serves the pages with hot reload, the real gateway answers everything else. */
function gatewayInDevelopment(): Plugin {
  return {
    name: 'touchmark-gateway',
    apply: (_config, { command, isPreview }) => command === 'serve' && !isPreview && !process.env['VITEST'],
    configureServer(server) {
      server.httpServer?.once('listening', () => {
        const address = server.httpServer?.address();
        if (address === null || address === undefined || typeof address === 'string') return;
        void server
          .ssrLoadModule('/src/start.ts')
          .then(async ({ startInDevelopment }) => {
            const touchmark = await startInDevelopment({ port: address.port });
            listener = getRequestListener(touchmark.fetch);
            server.httpServer?.once('close', () => void touchmark.close());
          })
          .catch((error: unknown) => {
            server.config.logger.error(String(error));
            process.exit(2);
          });
      });
      let listener: ReturnType<typeof getRequestListener> | undefined;
      server.middlewares.use((request, response, next) => {
        if (listener === undefined || !gatewayPaths.test(request.url ?? '')) return next();
        void listener(request, response);
      });
    },
  };
}

/** Writes `.br` and `.gz` beside each text asset, so that serving never compresses at run time. */
function precompressed(): Plugin {
  return {
    name: 'touchmark-precompressed',
    apply: (config, { command }) => command === 'build' && config.build?.ssr === undefined,
    async writeBundle({ dir }) {
      if (dir === undefined) return;
      for (const entry of await readdir(dir, { recursive: true, withFileTypes: true })) {
        if (!entry.isFile() || !/\.(js|css|html|svg|json|webmanifest)$/.test(entry.name)) continue;
        const path = join(entry.parentPath, entry.name);
        const content = await readFile(path);
        if (content.length < 512) continue;
        const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } };
        await writeFile(`${path}.br`, brotliCompressSync(content, quality));
        await writeFile(`${path}.gz`, gzipSync(content, { level: 9 }));
      }
    },
  };
}

/** Whether something is imported at once by these modules, or by what they import in turn. */
function importedBy(...modules: string[]) {
  const imported = new Set<string>();
  return (id: string, graph: Rolldown.ChunkingContext): boolean => {
    const add = (of: string): void =>
      graph.getModuleInfo(of)?.importedIds.forEach((found) => imported.add(found));
    if (imported.size === 0) {
      for (const module of modules) add(fileURLToPath(new URL(module, import.meta.url)));
      // Goes on to what is added meanwhile.
      for (const found of imported) add(found);
    }
    return imported.has(id);
  };
}

const serverPage = ['src/web/server/server-layout.tsx', 'src/web/server/overview.tsx'];
const byStart = importedBy('index.html');
const byFrame = importedBy('src/web/app/app.tsx');
const byList = importedBy('src/web/server-list/server-list-page.tsx');
const byServer = importedBy(...serverPage);
const byOthers = importedBy(
  ...serverPage,
  'src/web/activity/activity-page.tsx',
  'src/web/session/sign-in-again.tsx',
);

// Few files rather than many tiny ones: each is a request. What begins stays apart, so that its own first requests wait for
// little. Then the frame of all pages, with what the list shares with others; the list needs nothing of what only those share.
const chunkGroups: Rolldown.CodeSplittingGroup[] = [
  { name: 'vendor', test: /node_modules\/(react|react-dom|scheduler|react-router|@tanstack)\//, priority: 4 },
  {
    debugName: 'boot',
    name: (id, graph) => (byStart(id, graph) || id.includes('vite/preload-helper') ? 'boot' : null),
    priority: 3,
  },
  {
    debugName: 'frame',
    name: (id, graph) => (byFrame(id, graph) || (byList(id, graph) && byOthers(id, graph)) ? 'frame' : null),
    priority: 2,
  },
  {
    debugName: 'server',
    name: (id, graph) => (byServer(id, graph) ? 'server' : null),
    minShareCount: 2,
    priority: 1,
  },
];

const FIRST_PAINT = 'src/web/app/first-paint';

/** A page as it is built: what is painted before any script runs, and the modules whose chunks it is to load at once. */
interface BuiltPage {
  /** Files of `FIRST_PAINT`, each inside the one before. */
  parts: readonly string[];
  /** Where in the navigation it is. */
  at?: string;
  modules: readonly string[];
}

// `contract/page-paths.ts` says where each is sent.
const builtPages: Record<string, BuiltPage> = {
  'index.html': {
    parts: ['frame', 'servers'],
    at: '/servers',
    modules: ['src/web/server-list/server-list-page.tsx'],
  },
  'server.html': { parts: ['frame', 'server'], at: '/servers', modules: serverPage },
  'activity.html': {
    parts: ['frame', 'activity'],
    at: '/activity',
    modules: ['src/web/activity/activity-page.tsx'],
  },
  'frame.html': { parts: ['frame'], modules: [] },
  'sign-in.html': { parts: ['sign-in'], modules: ['src/web/session/sign-in-page.tsx'] },
  'bare.html': { parts: [], modules: ['src/web/consent/consent-page.tsx'] },
};

/**
 * Makes of the one page those that are sent: each with links to the chunks that it needs, which would otherwise only be found
 * once the entry has run, and with what is painted meanwhile. The classes of that are those of the components themselves,
 * written as `file.class`.
 */
function pagesForFirstPaint(): Plugin {
  let config: ResolvedConfig;
  return {
    name: 'touchmark-first-paint',
    apply: (_config, { command }) => command === 'build',
    applyToEnvironment: ({ name }) => name === 'client',
    configResolved(resolved) {
      config = resolved;
    },
    generateBundle: {
      order: 'post',
      async handler(_options, bundle) {
        const template = bundle['index.html'];
        if (template?.type !== 'asset') throw new Error('there is no index.html to make the pages of');
        const html = String(template.source);
        const classes = await componentClasses(config);
        for (const [fileName, page] of Object.entries(builtPages)) {
          const links = chunkLinks(bundle, ['src/web/app/app.tsx', ...page.modules]);
          const source = html
            .replace(
              '</head>',
              `${links
                .filter(({ file }) => !html.includes(file))
                .map(({ tag }) => tag)
                .join('\n    ')}\n  </head>`,
            )
            .replace('<!--first-paint-->', await firstPaint(page, classes));
          if (fileName === 'index.html') template.source = source;
          else this.emitFile({ type: 'asset', fileName, source });
        }
      },
    },
  };
}

/** Links to these modules' chunks, to what they import, and to the styles of all. */
function chunkLinks(
  bundle: Rolldown.OutputBundle,
  modules: readonly string[],
): { file: string; tag: string }[] {
  const chunks = Object.values(bundle).filter((output) => output.type === 'chunk');
  const wanted = new Set<(typeof chunks)[number]>();
  const add = (chunk: (typeof chunks)[number] | undefined): void => {
    if (chunk === undefined || wanted.has(chunk)) return;
    wanted.add(chunk);
    for (const name of chunk.imports) add(chunks.find(({ fileName }) => fileName === name));
  };
  for (const module of modules) {
    const chunk = chunks.find(({ facadeModuleId }) => facadeModuleId?.endsWith(module));
    if (chunk === undefined) throw new Error(`${module} has no chunk of its own to preload`);
    add(chunk);
  }
  const styles = Array.from(wanted, ({ viteMetadata }) => Array.from(viteMetadata?.importedCss ?? [])).flat();
  const link = (rel: string, file: string) => ({
    file,
    tag: `<link rel="${rel}" crossorigin href="/${file}">`,
  });
  return [
    ...Array.from(new Set(styles), (file) => link('stylesheet', file)),
    ...Array.from(wanted, ({ fileName }) => link('modulepreload', fileName)),
  ];
}

async function firstPaint(
  { parts, at }: BuiltPage,
  classes: (file: string, name: string) => string,
): Promise<string> {
  let html = '<!--page-->';
  for (const part of parts) {
    html = html.replace('<!--page-->', await readFile(`${FIRST_PAINT}/${part}.html`, 'utf8'));
  }
  return html
    .replace('<!--page-->', '')
    .replaceAll(/>\s+</g, '><')
    .replaceAll(/\s+/g, ' ')
    .replace(`class="navigation-bar.link" href="${at}"`, (link) => `${link} aria-current="page"`)
    .replaceAll(/class="([^"]*)"/g, (_match, names: string) => {
      const built = names
        .split(' ')
        .map((name) =>
          name.replace(/^([\w-]+)\.([\w-]+)$/, (_, file: string, own: string) => classes(file, own)),
        );
      return `class="${built.join(' ')}"`;
    });
}

/** What a class of a CSS module is named in this build, by the module's file name. Throws where there is none. */
async function componentClasses(config: ResolvedConfig): Promise<(file: string, name: string) => string> {
  const root = join(config.root, 'src/web');
  const files = (await readdir(root, { recursive: true })).filter((name) => name.endsWith('.module.css'));
  const modules = new Map(
    await Promise.all(
      files.map(async (file) => {
        const path = join(root, file);
        const { modules = {} } = await preprocessCSS(await readFile(path, 'utf8'), path, config);
        return [basename(file, '.module.css'), modules] as const;
      }),
    ),
  );
  return (file, name) => {
    const built = modules.get(file)?.[name];
    if (built === undefined) throw new Error(`${FIRST_PAINT} names ${file}.${name}, which no component has`);
    return built;
  };
}

/** Leaves out the parts of Radix's alert dialog that nobody uses: its overlay would bring a scroll lock with it. */
function unusedRadixParts(): Plugin {
  return {
    name: 'touchmark-unused-radix-parts',
    apply: 'build',
    transform: {
      filter: { id: /@radix-ui\/react-alert-dialog\// },
      // Its other packages say so themselves.
      handler: (code) => code.replaceAll('= React.forwardRef(', '= /* @__PURE__ */ React.forwardRef('),
    },
  };
}

const licenseFile = 'dist/THIRD-PARTY-LICENSES';

/** Names every package that a build takes in, with its licence. The pages are built first and begin the file anew. */
function thirdPartyLicenses(): Plugin {
  return {
    name: 'touchmark-third-party-licenses',
    apply: 'build',
    async writeBundle(_options, bundle) {
      const ids = Object.values(bundle).flatMap((output) =>
        output.type === 'chunk' ? output.moduleIds : [],
      );
      const folders = new Set(
        ids.flatMap((id) => /^(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(id)?.[1] ?? []),
      );
      const isServer = this.environment.name === 'ssr';
      const before = isServer ? await readFile(licenseFile, 'utf8').catch(() => '') : '';
      const entries = await Promise.all(Array.from(folders).sort().map(licenseEntry));
      const added = Array.from(new Set(entries)).filter((entry) => !before.includes(entry));
      await writeFile(licenseFile, before + added.join(''));
    },
  };
}

async function licenseEntry(folder: string): Promise<string> {
  const manifest = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as {
    name: string;
    version: string;
    license?: string;
  };
  const { name, version, license } = manifest;
  if (license === undefined) throw new Error(`${name} names no licence`);
  const text = await ownLicense(folder);
  if (text === undefined) throw new Error(`${name} has no licence text`);
  return `${'='.repeat(80)}\n${name} ${version} (${license})\n\n${text.trim()}\n\n`;
}

/** The package's own licence file, else what its README says under that heading, unless it is the licence's name alone. */
async function ownLicense(folder: string): Promise<string | undefined> {
  const files = await readdir(folder);
  const file = files.find((name) => /^(licen[cs]e|copying)/i.test(name));
  if (file !== undefined) return readFile(join(folder, file), 'utf8');
  const readme = files.find((name) => /^readme/i.test(name));
  const text = readme === undefined ? '' : await readFile(join(folder, readme), 'utf8');
  const [, section = ''] = /^#+ *licen[cs]e\s+([^#]*)/im.exec(text) ?? [];
  return section.includes('Permission is hereby granted') ? section : undefined;
}

// The package names only its development build, which carries warnings for developers.
const routerInProduction = [
  { find: /^react-router$/, file: 'index.mjs' },
  { find: /^react-router\/dom$/, file: 'dom-export.mjs' },
].map(({ find, file }) => ({
  find,
  replacement: fileURLToPath(new URL(`node_modules/react-router/dist/production/${file}`, import.meta.url)),
}));

export default defineConfig(({ command, isSsrBuild }) => ({
  resolve: { alias: command === 'build' && isSsrBuild !== true ? routerInProduction : [] },
  plugins: [
    react(),
    gatewayInDevelopment(),
    unusedRadixParts(),
    pagesForFirstPaint(),
    precompressed(),
    thirdPartyLicenses(),
  ],
  define: { __TOUCHMARK_VERSION__: JSON.stringify(version) },
  server: {
    port: Number(process.env['TOUCHMARK_PORT'] ?? process.env['PORT'] ?? 4000),
    strictPort: true,
    host: '127.0.0.1',
  },
  ssr: isSsrBuild ? { noExternal: true, external: ['@photostructure/sqlite', 'pg-native'] } : {},
  build: isSsrBuild
    ? {
        ssr: true,
        outDir: 'dist/server',
        target: 'node20',
        copyPublicDir: false,
        rolldownOptions: {
          input: { touchmark: 'src/touchmark.ts' },
          output: { entryFileNames: '[name].js', chunkFileNames: '[name].js' },
        },
      }
    : {
        outDir: 'dist/web',
        // Inlined assets would need data: in the content security policy.
        assetsInlineLimit: 0,
        modulePreload: { polyfill: false },
        rolldownOptions: { output: { codeSplitting: { groups: chunkGroups } } },
      },
  test: {
    include: ['src/**/*.test.{ts,tsx}', 'e2e/**/*.test.ts'],
    globalSetup: 'e2e/support/postgres-for-tests.ts',
    environment: 'node',
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // What is waited for comes, though late on a busy machine.
    expect: { poll: { timeout: 30_000 } },
    // Two cores: more files at once only make each slower.
    maxWorkers: 2,
    // Loading the modules anew for each file would cost more than many of the tests. They mock nothing, and what holds
    // state is made by the test that needs it.
    isolate: false,
    sequence: { sequencer: LongestFirst },
  },
}));
