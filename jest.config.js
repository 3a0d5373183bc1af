import { availableParallelism } from 'node:os';

/** @param {string} name */
const lib = (name) => [`^#${name}$`, `<rootDir>/libs/${name}/src/index.ts`];

/** Jest 30 in ESM mode (`node --experimental-vm-modules`), TypeScript stripped by swc. */
export default {
  testEnvironment: 'node',
  // Two at least: most of the time a test waits for a server. Jest's own choice on two cores is one after the other.
  maxWorkers: Math.max(2, availableParallelism() - 1),
  // Real servers on a machine that may be busy; a test waits for what it expects and never for the time to pass.
  testTimeout: 30_000,
  extensionsToTreatAsEsm: ['.ts'],
  testMatch: ['<rootDir>/{apps,libs,test,tools,chaos,bench}/**/*.spec.ts'],
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
  moduleNameMapper: {
    ...Object.fromEntries(['order-model', 'contracts', 'messaging', 'platform', 'testing', 'client'].map(lib)),
    '^#messaging/wire$': '<rootDir>/libs/messaging/src/wire.ts',
    '^#contracts/fixtures$': '<rootDir>/libs/contracts/fixtures/index.ts',
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        swcrc: false,
        sourceMaps: 'inline',
        module: { type: 'es6' },
        jsc: {
          target: 'es2023',
          parser: { syntax: 'typescript', decorators: true },
          keepClassNames: true,
          transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
        },
      },
    ],
  },
};
