/** Proofs in their long form, on all ledgers, with new random numbers: `SEED` and `FC_SEED` repeat those of a run. */
process.env.SOAK = '1';
process.env.TEST_LEDGERS = 'all';

const { readdirSync, readFileSync } = require('node:fs');
const { join } = require('node:path');

/** Whatever `npm test` shortens says so by importing this. */
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
