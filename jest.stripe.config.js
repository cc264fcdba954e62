const base = require('./jest.config');

/** Calls Stripe itself, with the key of a test account: `STRIPE_SECRET_KEY=sk_test_… npm run test:stripe`. */
/** @type {import('jest').Config} */
module.exports = {
	...base,
	roots: ['<rootDir>/test/stripeFacts'],
	testMatch: ['**/*.real.ts'],
	globalSetup: '<rootDir>/test/stripeFacts/announce.ts',
	// One request at a time: a test account allows 25 requests per second.
	maxWorkers: 1,
};
