import nx from '@nx/eslint-plugin';
import prettier from 'eslint-config-prettier';
import tseslint from 'typescript-eslint';
import latchkey from './tools/lint-rules/index.mjs';

/** The vendors' SDKs: each is imported by its own folder in libs/vendors and nowhere else (DESIGN rule 8). */
const vendorSdks = ['stripe', '@pinecone-database/*', 'openai', 'openai/*', '@sendgrid/*'];
const natsClients = ['nats', '@nats-io/*'];
const everySdk = [...vendorSdks, ...natsClients];

/**
 * Who may import whom. Each row was seen red: tools/canaries holds one file per rule that must fail,
 * and `npm test` proves that they still do.
 */
const boundaries = (extra = []) => ({
  '@nx/enforce-module-boundaries': [
    'error',
    {
      enforceBuildableLibDependency: false,
      banTransitiveDependencies: false,
      allow: [],
      depConstraints: [
        {
          sourceTag: 'kind:contracts',
          onlyDependOnLibsWithTags: ['kind:contracts'],
          allowedExternalImports: ['zod', ...(extra.length > 0 ? ['@jest/globals'] : [])],
        },
        {
          sourceTag: 'kind:kit',
          onlyDependOnLibsWithTags: ['kind:contracts', 'kind:kit', ...extra],
          bannedExternalImports: vendorSdks,
        },
        {
          sourceTag: 'kind:vendor',
          onlyDependOnLibsWithTags: ['kind:kit', ...extra],
          bannedExternalImports: natsClients,
        },
        {
          sourceTag: 'kind:service',
          onlyDependOnLibsWithTags: ['kind:contracts', 'kind:kit', 'kind:vendor', ...extra],
          bannedExternalImports: everySdk,
        },
        {
          sourceTag: 'kind:sandbox',
          onlyDependOnLibsWithTags: ['kind:contracts', ...extra],
          bannedExternalImports: extra.length > 0 ? natsClients : everySdk,
        },
        {
          // It runs in the customers' browsers: of ours it may know the shapes that cross the wire.
          sourceTag: 'kind:web',
          onlyDependOnLibsWithTags: ['kind:contracts'],
          bannedExternalImports: everySdk,
        },
        { sourceTag: 'kind:local', onlyDependOnLibsWithTags: ['kind:local'], bannedExternalImports: everySdk },
        {
          sourceTag: 'kind:host',
          onlyDependOnLibsWithTags: ['kind:local', 'kind:contracts'],
          bannedExternalImports: everySdk,
        },
        {
          sourceTag: 'kind:testing',
          onlyDependOnLibsWithTags: ['kind:contracts', 'kind:kit', 'kind:local', 'kind:testing'],
        },
        {
          sourceTag: 'kind:e2e',
          onlyDependOnLibsWithTags: ['kind:contracts', ...extra],
          bannedExternalImports: everySdk,
        },
        {
          // It breaks the system from outside and looks into its databases and streams: more than a stranger may.
          sourceTag: 'kind:chaos',
          onlyDependOnLibsWithTags: ['kind:contracts', 'kind:kit', 'kind:local', 'kind:e2e'],
          bannedExternalImports: vendorSdks,
        },
        {
          // Its alerts are proven by breaking a running system, with what the chaos harness breaks it with.
          sourceTag: 'kind:ops',
          onlyDependOnLibsWithTags: ['kind:contracts', 'kind:kit', 'kind:local', 'kind:e2e', 'kind:chaos'],
          bannedExternalImports: vendorSdks,
        },
      ],
    },
  ],
});

export default tseslint.config(
  { ignores: ['**/dist', 'apps/web/src/api/generated', '**/node_modules', '.nx', '.latchkey', 'tools/canaries/**'] },
  ...tseslint.configs.recommended,
  prettier,
  {
    files: ['**/*.ts', '**/*.tsx'],
    plugins: { '@nx': nx, latchkey },
    rules: {
      ...boundaries(),
      'max-lines': ['error', { max: 400, skipBlankLines: true, skipComments: true }],
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-console': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/consistent-type-imports': 'off',
    },
  },
  {
    files: ['apps/*/src/**/*.ts', 'libs/**/src/**/*.ts'],
    ignores: ['**/*.spec.ts', 'apps/web/**'],
    rules: {
      'latchkey/env-only-in-config': 'error',
      'latchkey/time-from-the-clock': 'error',
      'latchkey/commit-only-in-the-kit': 'error',
    },
  },
  {
    // A few rooms talk to a terminal or own the clock.
    files: [
      'apps/host/**/*.ts',
      'apps/operator/**/*.ts',
      'e2e/**/*.ts',
      'ops/**/*.ts',
      'libs/local/**/*.ts',
      'libs/testing/**/*.ts',
      'apps/sandbox/**/*.ts',
    ],
    rules: { 'no-console': 'off', 'latchkey/time-from-the-clock': 'off', 'latchkey/env-only-in-config': 'off' },
  },
  {
    // Tests may use the harness; the sandbox's conformance tests speak to it through the real SDKs.
    files: ['**/*.spec.ts', '**/test/**/*.ts'],
    rules: { ...boundaries(['kind:testing', 'kind:vendor', 'kind:local']), 'no-console': 'off' },
  },
);
