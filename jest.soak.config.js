/** Proofs in their long form, on all ledgers, with new random numbers: `SEED` and `FC_SEED` repeat those of a run. */
process.env.SOAK = '1';
process.env.TEST_LEDGERS = 'all';

/** @type {import('jest').Config} */
module.exports = {
	...require('./jest.config'),
	testMatch: [
		'**/test/{bench,crash,inputs,model,scenarios}/**/*.test.ts',
		'**/{agents.property,adopt.ledgers,anyInput,hostileAnswers,ledgerPage,readers,redact,repeats}.test.ts',
		'**/{StripeIdempotent,IdempotencyRegistry}/description.test.ts',
		'**/StripeIdempotent/bill/crashes.test.ts',
	],
	testPathIgnorePatterns: ['/node_modules/'],
};
