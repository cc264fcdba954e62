import js from '@eslint/js';
import { n8nCommunityNodesPlugin } from '@n8n/eslint-plugin-community-nodes';
import n8nNodesBase from 'eslint-plugin-n8n-nodes-base';
import tseslint from 'typescript-eslint';

import oneDefinition from './eslint.names.cjs';
import tableByName from './eslint.tables.mjs';

/** What n8n loads: the rooms that the linters of n8n are written for. */
const N8N_ROOMS = ['credentials/**/*.ts', 'nodes/**/*.ts', 'package.json'];

/** The plugin still exports configs of the old format: of these only the list of rules is of use. */
const rulesOf = (config) => n8nNodesBase.configs[config].rules;

export default tseslint.config(
	{ ignores: ['dist/', 'coverage/', '.cache/', 'node_modules/'] },
	{ linterOptions: { reportUnusedDisableDirectives: 'error' } },

	// Every TypeScript file, with type information.
	{
		files: ['**/*.ts'],
		extends: [
			js.configs.recommended,
			tseslint.configs.strictTypeChecked,
			tseslint.configs.stylisticTypeChecked,
		],
		languageOptions: {
			parserOptions: { project: './tsconfig.json', tsconfigRootDir: import.meta.dirname },
		},
		plugins: { house: { rules: { 'one-definition': oneDefinition, 'table-by-name': tableByName } } },
		rules: {
			'house/one-definition': 'error',
			'house/table-by-name': 'error',
			eqeqeq: ['error', 'always'],
			// `typeof import('node:sqlite')` is how a module that is loaded only when needed gets its type.
			'@typescript-eslint/consistent-type-imports': ['error', { disallowTypeAnnotations: false }],
			'@typescript-eslint/consistent-type-exports': 'error',
			'@typescript-eslint/no-explicit-any': 'error',
			'@typescript-eslint/no-floating-promises': 'error',
			// A new state or outcome must stop the build wherever it is not yet thought of.
			'@typescript-eslint/switch-exhaustiveness-check': [
				'error',
				{ considerDefaultExhaustiveForUnions: false, requireDefaultForNonUnion: true },
			],
			// Discriminated unions and their members are declared with `type`, contracts with `interface`: both are right.
			'@typescript-eslint/consistent-type-definitions': 'off',
			// `Array<{ … }>` and `string[]`: whichever reads better.
			'@typescript-eslint/array-type': 'off',
			// Numbers print as one expects; everything else in a message is still checked.
			'@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
			// `() => store.close()` says it well enough.
			'@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
			// `const { holder, ...rest } = entry` is how a field is left out.
			'@typescript-eslint/no-unused-vars': ['error', { ignoreRestSiblings: true }],
			// A store answers with promises even where its database does not need to wait.
			'@typescript-eslint/require-await': 'off',
		},
	},

	// The product is read in pieces that fit on a screen. What a function or a file is, its name says; a table of rows is a constant.
	{
		files: ['{commands,credentials,ledger,nodes,payments,stripe}/**/*.ts'],
		rules: {
			'max-lines': ['error', 300],
			'max-lines-per-function': ['error', { max: 40, skipBlankLines: true, skipComments: true }],
		},
	},

	// What it only keeps from being broken into lines, a reader looks for a meaning in.
	{
		files: ['**/*.ts'],
		rules: {
			'no-restricted-syntax': [
				'error',
				...[
					'ObjectExpression > SpreadElement > ObjectExpression',
					'ObjectExpression > SpreadElement > TSAsExpression > ObjectExpression',
					'ArrayExpression > SpreadElement > ArrayExpression',
				].map((selector) => ({ selector, message: 'Write what stands in it here.' })),
			],
		},
	},

	// Tests take what they made themselves for granted, and stand in for interfaces that they fill in part.
	{
		files: ['test/**/*.ts', 'examples/**/*.ts'],
		rules: {
			'@typescript-eslint/no-empty-function': 'off',
			'@typescript-eslint/no-non-null-assertion': 'off',
			'@typescript-eslint/unbound-method': 'off',
			'no-restricted-imports': [
				'error',
				{
					patterns: [
						{
							regex: '\\.node$',
							message: 'Write .node.ts: Node would find the JSON file beside it first.',
						},
					],
				},
			],
			'no-restricted-properties': [
				'error',
				...['mock', 'doMock', 'setMock', 'resetModules'].map((property) => ({
					object: 'jest',
					property,
					message: 'Test files share modules: use jest.spyOn.',
				})),
			],
		},
	},

	// The configuration of the tools, in JavaScript: no types to check.
	{
		files: ['**/*.{js,cjs,mjs}'],
		extends: [js.configs.recommended, tseslint.configs.recommended],
		languageOptions: { globals: { module: 'writable', require: 'readonly', __dirname: 'readonly' } },
		rules: { '@typescript-eslint/no-require-imports': 'off' },
	},

	// package.json is read as an expression, by a parser that knows JSON.
	{
		files: ['package.json'],
		languageOptions: {
			parser: tseslint.parser,
			parserOptions: { extraFileExtensions: ['.json'], project: false },
		},
	},

	// eslint-plugin-n8n-nodes-base: all of its rules, but for one.
	{ files: N8N_ROOMS, plugins: { 'n8n-nodes-base': n8nNodesBase } },
	{ files: ['package.json'], rules: rulesOf('community') },
	{
		files: ['credentials/**/*.ts'],
		rules: {
			...rulesOf('credentials'),
			// It wants a camelCase word, for nodes that live inside n8n itself, and so contradicts its sister rule
			// cred-class-field-documentation-url-not-http-url, which wants a URL, for community nodes.
			'n8n-nodes-base/cred-class-field-documentation-url-miscased': 'off',
		},
	},
	{ files: ['nodes/**/*.ts'], rules: rulesOf('nodes') },

	// @n8n/eslint-plugin-community-nodes: what it recommends, but for four rules of n8n's verification programme,
	// which this package for self-hosted n8n does not enter.
	{
		files: N8N_ROOMS,
		extends: [n8nCommunityNodesPlugin.configs.recommended],
		rules: {
			// The official Stripe client is a dependency: it knows Stripe's versions, and n8n installs it.
			'@n8n/community-nodes/no-runtime-dependencies': 'off',
			// The ledger may be kept in Postgres or Redis, reached through n8n's own credentials for them.
			'@n8n/community-nodes/no-credential-reuse': 'off',
			// The Stripe client, the key (node:crypto) and the local ledger (node:sqlite) are imports of that kind.
			'@n8n/community-nodes/no-restricted-imports': 'off',
			// Waiting between two sends, and giving up after a time, need setTimeout.
			'@n8n/community-nodes/no-restricted-globals': 'off',
		},
	},
);
