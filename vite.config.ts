import { readFileSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { getRequestListener } from '@hono/node-server';
import react from '@vitejs/plugin-react';
import type { Plugin } from 'vite';
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

// Few files rather than many tiny ones. What the entry needs stays apart, so that its first requests wait for little.
const chunkGroups = [
  { name: 'vendor', test: /node_modules\/(react|react-dom|scheduler|react-router|@tanstack)\//, priority: 3 },
  {
    name: 'boot',
    test: /src\/(contract\/|web\/(api\/(attendance|call-api|own-headers|page-secret|preloaded-responses|server-cache)|lib\/paths)\.ts)/,
    minShareCount: 2,
    priority: 2,
  },
  {
    name: 'shared',
    // Without what changes things, asks before it and tells of it: a list that is only read needs none of it.
    test: /src\/web\/(ui(?!\/dialog)|lib|api(?!\/(operations|follow-operation|server-changes))|components)\/|node_modules\/lucide-react/,
    minShareCount: 2,
    priority: 1,
  },
];

// What the list needs to show its rows. The entry is tiny, asks for the data and imports the rest; without these
// links the rest would only be found after the entry has run.
const listModules = ['src/web/app/app.tsx', 'src/web/server-list/server-list-page.tsx'];

/** Adds links to the page for the chunks of the list and their styles. */
function preloadedList(): Plugin {
  return {
    name: 'touchmark-preloaded-list',
    apply: (config, { command }) => command === 'build' && config.build?.ssr === undefined,
    transformIndexHtml: {
      order: 'post',
      handler: (html, { bundle = {} }) => {
        const chunks = Object.values(bundle).filter((output) => output.type === 'chunk');
        const wanted = new Set<(typeof chunks)[number]>();
        const add = (chunk: (typeof chunks)[number] | undefined): void => {
          if (chunk === undefined || wanted.has(chunk)) return;
          wanted.add(chunk);
          for (const name of chunk.imports) add(chunks.find(({ fileName }) => fileName === name));
        };
        for (const module of listModules) {
          const chunk = chunks.find(({ facadeModuleId }) => facadeModuleId?.endsWith(module));
          if (chunk === undefined) throw new Error(`${module} has no chunk of its own to preload`);
          add(chunk);
        }
        const styles = Array.from(wanted, ({ viteMetadata }) =>
          Array.from(viteMetadata?.importedCss ?? []),
        ).flat();
        const link = (rel: string, file: string) => ({
          tag: 'link',
          attrs: { rel, crossorigin: true, href: `/${file}` },
          injectTo: 'head' as const,
        });
        const scripts = Array.from(wanted, ({ fileName }) => link('modulepreload', fileName));
        const sheets = Array.from(new Set(styles), (file) => link('stylesheet', file));
        return scripts.concat(sheets).filter(({ attrs }) => !html.includes(attrs.href));
      },
    },
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
    preloadedList(),
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
    // Two cores: more files at once only make each slower.
    maxWorkers: 2,
    // Loading the modules anew for each file would cost more than many of the tests. They mock nothing, and what holds
    // state is made by the test that needs it.
    isolate: false,
    sequence: { sequencer: LongestFirst },
  },
}));
