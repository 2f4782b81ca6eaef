// The house of DESIGN §3: four floors, imports only go down, and only two kinds of file touch the world.
// Run by `npm run lint` through test/house/cruise.ts: the floors count for types too, all other rules for what is there at run time.
// test/house/floors.test.ts shows that each rule fires.

const CAPABILITY = '^functions/(revocation|provisioning|drift|migration|diagnosis)/';
const KNOWLEDGE = '^functions/(grants|trust|abac)/';
const GROUND = '^functions/(changes|policy|kubernetes|aws|store|runtime)/';
const BOTTOM = '^functions/[^/]+[.]ts$';
/** Folders that may touch the world, by what they hold. */
const WORLDLY = '^functions/(aws|kubernetes|store|runtime)/';
const HUB = '[.]hub[.]ts$';
const SPOKE = '[.]spoke[.]ts$';
/** Everything in functions/ but the two kinds of file and the worldly folders. */
const PURE = { path: '^functions/', pathNot: [HUB, SPOKE, WORLDLY] };
/** A pure file may use these packages; every other is the world. */
const PURE_PACKAGES = 'node_modules/zod/';
/** The API's app is made of a web framework that only turns requests into answers: it listens to nothing, its adapters do. */
const API = '^functions/provisioning/api/';
const API_PACKAGES = 'node_modules/(hono/(?!dist/(cjs/)?adapter/)|@hono/zod-openapi/)';

const error = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to });

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    error('no-cycles', 'Two files that need each other are one file, or three.', {}, { circular: true }),
    error('resolvable', 'The import leads nowhere.', {}, { couldNotResolve: true }),

    error(
      'floors-capability',
      'A capability is used by nobody below or beside it, other capabilities included.',
      { path: '^functions/(?!revocation/|provisioning/|drift/|migration/|diagnosis/)' },
      { path: CAPABILITY },
    ),
    error(
      'floors-no-neighbours',
      "One capability doesn't import another: what both need belongs a floor lower.",
      { path: '^functions/(revocation|provisioning|drift|migration|diagnosis)/' },
      { path: CAPABILITY, pathNot: '^functions/$1/' },
    ),
    error('floors-knowledge', 'Imports only go down.', { path: [GROUND, BOTTOM] }, { path: KNOWLEDGE }),
    error('floors-ground', 'Imports only go down.', { path: BOTTOM }, { path: GROUND }),

    error(
      'hub-decides',
      "A hub function may not touch accounts or clusters: it asks a spoke's function.",
      { path: HUB },
      { path: '^functions/(aws|kubernetes)/', reachable: true },
    ),
    error(
      'spoke-acts',
      "A spoke function may not reach the hub's tables: it answers, and the hub records.",
      { path: SPOKE },
      { path: '^functions/store/', reachable: true },
    ),
    error(
      'entries-are-ends',
      'Hub and spoke files are what Lambda starts; nothing imports them but tests.',
      { path: '^(functions|infra|local|cli|bench|statemachines)/' },
      { path: [HUB, SPOKE] },
    ),

    error(
      'pure-no-packages',
      'A pure file uses no SDK and no library but the schema one: facts and the clock are arguments.',
      { ...PURE, pathNot: [...PURE.pathNot, API] },
      { path: 'node_modules/', pathNot: PURE_PACKAGES },
    ),
    error(
      'api-packages',
      "The API's app uses hono beside what a pure file may use, and none of hono's adapters: these touch the world.",
      { path: API },
      { path: 'node_modules/', pathNot: [PURE_PACKAGES, API_PACKAGES] },
    ),
    error('pure-no-node', "A pure file uses none of Node's modules but hashes and the arithmetic of addresses.", PURE, {
      dependencyTypes: ['core'],
      // Which of their exports, biome.json says: createHash, isIP, BlockList.
      pathNot: '^(node:)?(crypto|net)$',
    }),
    error('pure-stays-pure', 'A pure file may not reach the world through another file either.', PURE, {
      path: [
        'node_modules/(@aws-sdk|@smithy|@kubernetes|@aws-lambda-powertools|@middy|aws-sdk)/',
        '^(node:)?(fs|fs/promises|child_process|dgram|dns|http|http2|https|os|process|timers|timers/promises|tls|worker_threads)$',
      ],
      reachable: true,
    }),

    error(
      'shipped-stands-alone',
      'What is deployed knows nothing of how it is deployed, imitated, driven or tested.',
      { path: '^functions/' },
      { path: '^(infra|local|cli|bench|test)/' },
    ),
    error(
      'shipped-dependencies',
      'What ships may not use a development dependency.',
      { path: '^(functions|cli)/', pathNot: '[.]test[.]ts$' },
      { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'] },
    ),
    error('tests-are-ends', 'Only tests import tests.', { pathNot: '^test/' }, { path: '^test/' }),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^local/kubernetes/schemas/' },
    // TypeScript 7 has no JavaScript API for dependency-cruiser to use.
    parser: 'swc',
    tsPreCompilationDeps: false,
    enhancedResolveOptions: {
      conditionNames: ['import', 'node', 'default'],
      exportsFields: ['exports'],
      extensions: ['.ts', '.js', '.mjs', '.cjs', '.json'],
    },
  },
};
