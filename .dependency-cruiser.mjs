/** What each folder may import. Every rule is seen to fail by a planted violation in tools/architecture.spec.ts. */

/** npm packages and Node modules as dependency-cruiser calls them; a lib that is to stay pure may use none. */
const FROM_OUTSIDE = ['core', 'npm', 'npm-dev', 'npm-optional', 'npm-peer', 'npm-bundled', 'npm-no-pkg', 'npm-unknown'];

/** Pure libraries (decimals, say) that order-model may use. */
const PURE_PACKAGES = ['big.js'];

/** Read straight from a DataSource without being called a store or service. */
const READS_WITHOUT_A_SUFFIX = ['^apps/merger-worker/src/read/as-of[.]ts$', '^apps/supp-service/src/submit/outcomes[.]ts$'];

/** Where SQL is written or a transaction opened: all that may know TypeORM. What decides and what shapes is not here. */
const MAY_USE_TYPEORM = [
  ...READS_WITHOUT_A_SUFFIX,
  '^libs/(messaging|platform|testing)/',
  '/migrations/',
  String.raw`\.(store|service|module|controller|consumer)\.ts$`,
  '(^test|/test)/',
  String.raw`\.spec\.ts$`,
];

const LIBS = 'order-model|contracts|messaging|platform|testing|client';

/** What of messaging a consumer outside of the services needs. */
const WIRE = '^libs/messaging/src/(wire|cloud-event|consume-queue|waiting)[.]ts$';

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    {
      name: 'apps-know-no-other-app',
      severity: 'error',
      comment: 'Services speak through events and request-reply only, so that each can be deployed and be down alone.',
      from: { path: '^apps/([^/]+)/' },
      to: { path: '^apps/', pathNot: '^apps/$1/' },
    },
    {
      name: 'libs-know-no-app',
      severity: 'error',
      from: { path: '^libs/' },
      to: { path: '^apps/' },
    },
    {
      name: 'order-model-is-alone',
      severity: 'error',
      comment: 'The domain imports none of ours.',
      from: { path: '^libs/order-model/' },
      to: { path: '^(apps|libs|test|tools)/', pathNot: '^libs/order-model/' },
    },
    {
      name: 'order-model-is-pure',
      severity: 'error',
      comment: 'No Node module and no package: no I/O, no clock, no framework. Pure libraries are named in PURE_PACKAGES.',
      from: { path: '^libs/order-model/src/', pathNot: String.raw`\.spec\.ts$` },
      to: { dependencyTypes: FROM_OUTSIDE, pathNot: PURE_PACKAGES.map((name) => `node_modules/${name}/`) },
    },
    {
      name: 'contracts-know-order-model-only',
      severity: 'error',
      from: { path: '^libs/contracts/' },
      to: { path: '^(apps|libs|test|tools)/', pathNot: '^libs/(contracts|order-model)/' },
    },
    {
      name: 'messaging-knows-no-business-word',
      severity: 'error',
      from: { path: '^libs/messaging/' },
      to: { path: '^libs/(order-model|contracts|platform)/' },
    },
    {
      name: 'client-is-light',
      severity: 'error',
      comment: 'Others install it: the published language and what is on the wire, no database and no framework.',
      from: { path: '^libs/client/src/', pathNot: String.raw`\.spec\.ts$` },
      to: {
        path: '^(apps|libs|test|tools)/|node_modules/(@nestjs/|typeorm/|pg/|fastify/)',
        pathNot: `^libs/(client|contracts|order-model)/|${WIRE}`,
      },
    },
    {
      name: 'wire-is-light',
      severity: 'error',
      comment: 'What libs/client takes of messaging brings nothing else along.',
      from: { path: WIRE },
      to: { path: '^(apps|libs|test|tools)/|node_modules/', pathNot: `${WIRE}|node_modules/(@types/)?(amqplib|node)/` },
    },
    {
      name: 'libs-by-subpath-import',
      severity: 'error',
      comment: 'A lib is reached by its #name, which leads to its index.ts, and by nothing else.',
      from: { path: '^(?:libs/([^/]+)|apps/[^/]+|test|tools)/' },
      to: { path: `^libs/(${LIBS})/`, pathNot: '^libs/$1/', dependencyTypesNot: ['aliased-subpath-import'] },
    },
    {
      name: 'typeorm-in-stores',
      severity: 'error',
      comment: 'What decides and what shapes stays pure; SQL is in stores, transactions in services.',
      from: { path: '^(apps|libs)/', pathNot: MAY_USE_TYPEORM },
      to: { path: 'node_modules/(@nestjs/)?typeorm/' },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'resolvable',
      severity: 'error',
      comment: 'An import that cannot be resolved would slip past every other rule.',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|coverage|\\.supping)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['source', 'import', 'require', 'node', 'default', 'types'] },
  },
};
