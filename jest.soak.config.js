/**
 * Runs the randomized tests in their long form, on all ledgers, with new seeds: set `SEED` and `FC_SEED` to
 * repeat a run.
 */
process.env.SOAK = '1';
process.env.TEST_LEDGERS = 'all';

const { readdirSync, readFileSync } = require('node:fs');
const { join } = require('node:path');

/** Every test that has a shorter form for `npm test` imports this module. */
const HAS_LONG_FORM = /from '[./]+(?:crash\/)?soak'/;

const long = readdirSync(join(__dirname, 'test'), { recursive: true })
	.filter((name) => name.endsWith('.test.ts'))
	.filter((name) => HAS_LONG_FORM.test(readFileSync(join(__dirname, 'test', name), 'utf8')))
	.map((name) => `<rootDir>/test/${name.replaceAll('\\', '/')}`);

/** @type {import('jest').Config} */
module.exports = {
	...require('./jest.config'),
	testMatch: ['<rootDir>/test/crash/*.test.ts', ...long],
	testPathIgnorePatterns: ['/node_modules/'],
};
