import preset from '../../jest.preset.mjs';

/** One system for all files: starting it costs more than most of them. They therefore run one after the other. */
export default {
  ...preset,
  displayName: 'web-e2e',
  testEnvironment: import.meta.dirname + '/test/support/environment.mjs',
  testTimeout: 90_000,
  maxWorkers: 1,
  globalSetup: './test/support/start-system.mjs',
  globalTeardown: './test/support/stop-system.mjs',
};
