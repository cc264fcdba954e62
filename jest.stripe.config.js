const base = require('./jest.config');

/** Asks Stripe itself, with the key of a test account: `STRIPE_SECRET_KEY=sk_test_… npm run test:stripe`. */
/** @type {import('jest').Config} */
module.exports = {
	...base,
	roots: ['<rootDir>/test/stripeFacts'],
	testMatch: ['**/*.real.ts'],
	globalSetup: '<rootDir>/test/stripeFacts/announce.ts',
	// One request after the other: a test account takes 25 in a second.
	maxWorkers: 1,
};
