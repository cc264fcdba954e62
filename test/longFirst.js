const Sequencer = require('@jest/test-sequencer').default;

/**
 * Listed explicitly, because Jest knows the duration of a test file only on a machine where it has run before.
 */
const LONG =
	/[\\/]test[\\/](crash|inputs|layers|scenarios|model|redTeam|servers|n8n[\\/]browser|examples[\\/]ledgerPageWorkflow|ledger[\\/]stores|nodes[\\/](IdempotencyRegistry|load|.*(agents|anyInput)))/;

/** Runs the slowest test files first, so that none of them runs alone at the end. */
module.exports = class LongFirst extends Sequencer {
	sort(tests) {
		const rank = ({ path }) => (LONG.test(path) ? 0 : 1);
		return super.sort(tests).sort((a, b) => rank(a) - rank(b));
	}
};
