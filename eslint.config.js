import js from '@eslint/js';
import globals from 'globals';
import { config, configs } from 'typescript-eslint';

export default config(
  { ignores: ['dist/', 'site/dist/', 'results/', 'assembly/'] },
  js.configs.recommended,
  configs.strict,
  {
    rules: {
      eqeqeq: 'error',
      'no-console': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
    },
  },
  { files: ['*.js', '*.cjs', 'cli/**'], languageOptions: { globals: globals.node } },
  { files: ['site/build.js'], languageOptions: { globals: globals.node }, rules: { 'no-console': 'off' } },
  {
    files: ['bench/**', 'docs/**', 'test/**'],
    languageOptions: { globals: { ...globals.node, ...globals.browser } },
    rules: { 'no-console': 'off', 'no-empty': 'off', '@typescript-eslint/no-explicit-any': 'off' },
  },
);
