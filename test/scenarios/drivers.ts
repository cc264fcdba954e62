import type { Batch, ReconciledItem } from './batch';
import type { Decision } from './operations';
import { pickOne } from './scenario';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** How long after a round the next one comes: longer than Stripe's keys live, then than all that it may still finish. */
const FIRST_PAUSE_MS = 26 * HOUR_MS;
const LONG_PAUSE_MS = 4 * DAY_MS;
const MOST_ROUNDS = 12;
const TROUBLED_ROUNDS = 2;

/** So often somebody retries what is still unknown, too. */
const MOST_IMPATIENT_RUNS = 2;

/** A round of a driver. @returns whether there is nothing left that another round could change */
type Round = (batch: Batch) => Promise<boolean>;

async function repeatUntilAtRest(batch: Batch, round: Round): Promise<void> {
	for (let rounds = 0; rounds < MOST_ROUNDS; rounds++) {
		if (rounds < TROUBLED_ROUNDS) disturbQueries(batch);
		if (await round(batch)) return;
		await batch.advance(rounds === 0 ? FIRST_PAUSE_MS : LONG_PAUSE_MS);
	}
	throw new Error(`After ${MOST_ROUNDS} rounds there is still something to do`);
}

/** Some of the questions that Stripe is asked are not answered either. */
function disturbQueries({ stripe, random }: Batch): void {
	const kind = pickOne(['error503', 'rateLimit429', 'resetBefore', 'cutBody'] as const, random);
	stripe.inject({ kind, times: random.below(6), match: { method: 'GET' } });
}

/** The workflow is run again with the same items, as the node's own words say, until nothing is left to run again. */
export function rerunWorkflow(batch: Batch): Promise<void> {
	return repeatUntilAtRest(batch, async ({ decisions }) => {
		await batch.run(decisions.filter(isOpen));
		return !decisions.some(isOpen);
	});
}

/** A run that died, an item that may be run again later, and a key that was not accepted. */
function isOpen({ result }: Decision): boolean {
	if (!result) return true;
	const { error } = result.json;
	return result.through > 0 && (error.retryable === true || error.outcome === 'unauthorized');
}

/**
 * Whoever cleans up in the ledger, without the workflow: looks at all that is unknown, and retries what was not done.
 *
 * @param onReconciled is told what each round of looks has seen
 * @returns what nobody but a person can find out
 */
export async function reconcileAndRetry(
	batch: Batch,
	onReconciled: (seen: readonly ReconciledItem[]) => void,
): Promise<readonly ReconciledItem[]> {
	let seen: readonly ReconciledItem[] = [];
	await repeatUntilAtRest(batch, async ({ decisions, random }) => {
		seen = await batch.reconcile();
		onReconciled(seen);
		const states = new Map((await batch.entries()).map(({ entryId, state }) => [entryId, state]));
		const isIn = (state: string) => (decision: Decision) => states.get(decision.entryId) === state;
		// What the ledger keeps no parameters of is for the workflow to run again.
		const released = decisions.filter(isIn('released')).filter(({ scenario }) => scenario.isStored);
		const impatiently = decisions
			.filter(isIn('unknown'))
			.filter(({ runs }) => runs < MOST_IMPATIENT_RUNS && random.next() < 0.3);
		const retried = [...released, ...impatiently];
		await batch.retry(retried);
		return retried.length === 0 && seen.every(isForAPerson) && !decisions.some(isIn('in_flight'));
	});
	return seen;
}

/** Nothing will tell more than this: somebody has to look, and is told where. */
function isForAPerson({ state, reconciled }: ReconciledItem): boolean {
	return state === 'unknown' && reconciled.finding === 'inconclusive' && reconciled.retryAt === null;
}
