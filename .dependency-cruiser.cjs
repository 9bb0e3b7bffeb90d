// The arrows of the architecture. Anything not allowed here is a new arrow, and a new arrow is a decision:
// change this file in the same commit that changes the design.
const feature = '^src/web/(servers|releases|logs|secrets|namespaces|tokens|activity|session)/';

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'no-cycle',
      comment: 'A cycle means two files are one file, or a third is missing.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-unresolved',
      comment: 'Every import must be found, or the build breaks on another machine.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'contract-stands-alone',
      comment: 'Both sides of every wire import the contract; it must not import either.',
      severity: 'error',
      from: { path: '^src/contract/' },
      to: { path: '^src/', pathNot: '^src/contract/' },
    },
    {
      name: 'contract-is-pure',
      comment: 'The contract runs in a browser and in Node alike.',
      severity: 'error',
      from: { path: '^src/contract/', pathNot: '[.]test[.]ts$' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'gateway-and-registry-are-strangers',
      comment:
        'The gateway reaches a registry only as a function given by start, so that it cannot tell ours from a remote one.',
      severity: 'error',
      from: { path: '^src/(gateway|registry)/' },
      to: { path: '^src/(gateway|registry)/', pathNot: '^src/$1/' },
    },
    {
      name: 'server-rooms-import-only-database-and-contract',
      severity: 'error',
      from: { path: '^src/(gateway|registry)/' },
      to: { path: '^src/', pathNot: ['^src/$1/', '^src/database/', '^src/contract/'] },
    },
    {
      name: 'database-knows-no-room',
      severity: 'error',
      from: { path: '^src/database/' },
      to: { path: '^src/', pathNot: ['^src/database/', '^src/contract/'] },
    },
    {
      name: 'web-is-browser-code',
      comment: 'Nothing under web may reach Node or a server room: it would end in the bundle, or break it.',
      severity: 'error',
      from: { path: '^src/web/', pathNot: '[.]test[.]tsx?$' },
      to: { path: '^src/', pathNot: ['^src/web/', '^src/contract/'] },
    },
    {
      name: 'web-uses-no-node',
      severity: 'error',
      from: { path: '^src/web/', pathNot: '[.]test[.]tsx?$' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'server-never-imports-web',
      severity: 'error',
      from: { path: '^src/(gateway|registry|database|contract)/|^src/[^/]+$' },
      to: { path: '^src/web/' },
    },
    {
      name: 'features-do-not-know-each-other',
      comment: 'Share through lib, ui or contract; a link goes through lib/paths.ts.',
      severity: 'error',
      from: { path: feature },
      to: { path: feature, pathNot: '^src/web/$1/' },
    },
    {
      name: 'only-app-composes-features',
      severity: 'error',
      from: { path: '^src/web/(ui|lib)/' },
      to: { path: ['^src/web/app/', feature] },
    },
    {
      name: 'features-do-not-import-app',
      severity: 'error',
      from: { path: feature },
      to: { path: '^src/web/app/' },
    },
    {
      name: 'ui-is-dumb',
      comment: 'A button knows no product word, no query and no route.',
      severity: 'error',
      from: { path: '^src/web/ui/', pathNot: '[.]test[.]tsx?$' },
      to: { path: ['^src/web/lib/', 'node_modules/react-router', 'node_modules/@tanstack/react-query'] },
    },
    {
      name: 'lib-does-not-import-ui',
      severity: 'error',
      from: { path: '^src/web/lib/' },
      to: { path: '^src/web/ui/' },
    },
    {
      name: 'production-code-imports-no-test-code',
      severity: 'error',
      from: { path: '^src/', pathNot: '[.]test[.]tsx?$' },
      to: { path: ['^e2e/', '[.]test[.]tsx?$'] },
    },
    {
      name: 'only-start-composes',
      comment: 'config and start are read by the entry point and by tests, never by a room.',
      severity: 'error',
      from: { path: '^src/(gateway|registry|database|web|contract)/', pathNot: '[.]test[.]tsx?$' },
      to: { path: '^src/(start|config|touchmark)[.]ts$' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
      mainFields: ['module', 'main', 'types'],
    },
  },
};
