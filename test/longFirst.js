const Sequencer = require('@jest/test-sequencer').default;

/** By hand, because jest knows how long a file takes only where it has run before. */
const LONG =
	/[\\/]test[\\/](crash|inputs|layers|scenarios|model|redTeam|servers|n8n[\\/]browser|examples[\\/]ledgerPageWorkflow|ledger[\\/]stores|nodes[\\/](IdempotencyRegistry|load|.*(agents|anyInput)))/;

/** What takes long begins first, so that at the end nobody waits for it alone. */
module.exports = class LongFirst extends Sequencer {
	sort(tests) {
		const rank = ({ path }) => (LONG.test(path) ? 0 : 1);
		return super.sort(tests).sort((a, b) => rank(a) - rank(b));
	}
};
