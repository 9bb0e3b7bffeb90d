// The arrows of the architecture. Anything not allowed here is a new arrow, and a new arrow is a decision:
// change this file in the same commit that changes the design.
// Every folder of web that is not one of the shared ones: a new page is held to the rules without a line here.
const feature = '^src/web/(?!(?:app|api|components|ui|lib)/)([^/]+)/';
const notTests = '[.]test[.]tsx?$';

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
      from: { path: '^src/contract/', pathNot: notTests },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'platform-stands-alone',
      comment:
        'Server code that knows no product word can serve every server room only if it knows none of them.',
      severity: 'error',
      from: { path: '^src/platform/' },
      to: { path: '^src/', pathNot: '^src/platform/' },
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
      name: 'server-rooms-stand-on-database-platform-contract',
      comment: 'A room that reached further could not be taken out and run elsewhere.',
      severity: 'error',
      from: { path: '^src/(gateway|registry)/' },
      to: {
        path: '^src/',
        pathNot: ['^src/$1/', '^src/database/', '^src/platform/', '^src/contract/'],
      },
    },
    {
      name: 'database-knows-no-room',
      comment: 'Rooms know the tables; the tables know no room.',
      severity: 'error',
      from: { path: '^src/database/' },
      to: { path: '^src/', pathNot: ['^src/database/', '^src/platform/', '^src/contract/'] },
    },
    {
      name: 'web-is-browser-code',
      comment: 'Nothing under web may reach Node or a server room: it would end in the bundle, or break it.',
      severity: 'error',
      from: { path: '^src/web/', pathNot: notTests },
      to: { path: '^src/', pathNot: ['^src/web/', '^src/contract/'] },
    },
    {
      name: 'web-uses-no-node',
      comment: 'A browser has none of it.',
      severity: 'error',
      from: { path: '^src/web/', pathNot: notTests },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'server-never-imports-web',
      comment: 'The pages reach the server over HTTP, and are served as files.',
      severity: 'error',
      from: { path: '^src/(gateway|registry|database|platform|contract|cli)/|^src/[^/]+$' },
      to: { path: '^src/web/' },
    },
    {
      name: 'features-do-not-know-each-other',
      comment: 'Share through api, components, lib or contract; a link goes through lib/paths.ts.',
      severity: 'error',
      from: { path: feature },
      to: { path: feature, pathNot: '^src/web/$1/' },
    },
    {
      name: 'only-app-composes-features',
      comment: 'What features share must not need one of them.',
      severity: 'error',
      from: { path: '^src/web/(api|components|ui|lib)/' },
      to: { path: ['^src/web/app/', feature] },
    },
    {
      name: 'features-do-not-import-app',
      comment: 'The app imports every feature, so a feature that imported it would close a circle.',
      severity: 'error',
      from: { path: feature },
      to: { path: '^src/web/app/' },
    },
    {
      name: 'api-draws-nothing',
      comment: 'Who speaks to the gateway has no look: the same call serves a loader and any component.',
      severity: 'error',
      from: { path: '^src/web/api/', pathNot: notTests },
      to: { path: ['^src/web/(components|ui)/', 'node_modules/react-router', 'node_modules/react/'] },
    },
    {
      name: 'ui-is-dumb',
      comment: 'A button knows no product word, no query and no route.',
      severity: 'error',
      from: { path: '^src/web/ui/', pathNot: notTests },
      to: {
        path: [
          '^src/contract/',
          '^src/web/(api|components|lib)/',
          'node_modules/react-router',
          'node_modules/@tanstack/react-query',
        ],
      },
    },
    {
      name: 'lib-is-a-leaf',
      comment: 'Small helpers that anything may use may use nothing but the contract.',
      severity: 'error',
      from: { path: '^src/web/lib/' },
      to: { path: '^src/web/', pathNot: '^src/web/lib/' },
    },
    {
      name: 'production-code-imports-no-test-code',
      comment: 'It would be shipped, or be missing where it is needed.',
      severity: 'error',
      from: { path: '^src/', pathNot: notTests },
      to: { path: ['^e2e/', notTests] },
    },
    {
      name: 'only-the-command-composes',
      comment: 'The command line and start put the rooms together; no room may know how.',
      severity: 'error',
      from: { path: '^src/(gateway|registry|database|platform|web|contract)/', pathNot: notTests },
      to: { path: '^src/cli/|^src/[^/]+$' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    // They stand on packages that are installed apart.
    exclude: { path: '^e2e/peers/programs/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
      mainFields: ['module', 'main', 'types'],
    },
  },
};
