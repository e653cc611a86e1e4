/**
 * One Jest set-up for every project: native ESM, TypeScript through SWC (no type check here, `typecheck` does that),
 * and the libraries' sources instead of their builds, so that a test never runs yesterday's dist.
 * Do not add `import` to customExportConditions: CommonJS packages would then be handed ESM files.
 */
export default {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  resolver: import.meta.dirname + '/jest.resolver.cjs',
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2024',
          keepClassNames: true,
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: true },
        },
        module: { type: 'es6' },
        sourceMaps: 'inline',
      },
    ],
  },
  testEnvironmentOptions: { customExportConditions: ['@latchkey/source', 'node', 'node-addons'] },
  testMatch: ['<rootDir>/{src,test}/**/*.spec.ts'],
  testTimeout: 60_000,
  ...(process.env.TEST_REPORT ? { reporters: ['default', import.meta.dirname + '/tools/jest-report.mjs'] } : {}),
};
