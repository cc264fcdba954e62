import { pickSeed, RandomSource, seedRandom } from '../crash/randomSource';
import { PATIENCE_MS, report, repeat } from '../crash/soak';
import { Batch } from './batch';
import { CrashPlan } from './crashPlan';
import { reconcileAndRetry, rerunWorkflow } from './drivers';
import { pickOne } from './scenario';
import { deliverEvents, overwriteCustomers } from './meanwhile';
import { Tally } from './tally';
import type { Truth } from './truth';
import { isLostForGood, loadTruths, findProblem, findItemProblem, findRegistryProblem } from './truth';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** How much later somebody looks: soon, after Stripe's keys, after all that Stripe still finishes, late, after its events. */
const LATER_MS = [5 * MINUTE_MS, 25 * HOUR_MS, 4 * DAY_MS, 20 * DAY_MS, 40 * DAY_MS];
/** How long Stripe's search does not see a change. */
const SEARCH_LAGS_MS = [0, MINUTE_MS, HOUR_MS, Infinity];
const DRIVERS = ['the registry', 'the workflow'] as const;

/** Stripe keeps its events for 30 days, and a lost answer may be lost three times. */
const IN_GOOD_TIME_MS = 10 * DAY_MS;

const IN_A_BATCH = repeat(6, 100);
const BATCHES = repeat(1, 10) * LATER_MS.length * DRIVERS.length;

/** Fates that have once led to a decision which nobody could find out about. The long form looks for new ones. */
const SEED = 1_423_502_976;

const tally = new Tally();
let crashPlan: CrashPlan;
beforeAll(() => {
	crashPlan = new CrashPlan();
});
afterAll(() => crashPlan.stop());

/** The first of what is wrong, with all that is needed to see why. */
function wrongs(truths: readonly Truth[], judge: (truth: Truth) => string | undefined): object[] {
	const wrong = truths.flatMap((truth) => {
		const what = judge(truth);
		const { decision, entry, effects } = truth;
		const { kind, order, scenario, result } = decision;
		return what === undefined
			? []
			: [
					{
						what,
						kind,
						order,
						scenario,
						effects,
						error: result?.json.error,
						entry: JSON.stringify(entry),
					},
				];
	});
	return wrong.slice(0, 3);
}

async function live(batch: Batch, laterMs: number, driver: (typeof DRIVERS)[number]): Promise<void> {
	await batch.fill(IN_A_BATCH);
	await batch.run(batch.decisions);
	const started = await loadTruths(batch);
	tally.countInitial(started);
	await deliverEvents(batch);
	tally.countConfirmed(started, await loadTruths(batch));
	await overwriteCustomers(batch);
	await batch.advance(laterMs);
	if (driver === 'the registry') await cleanUp(batch);
	else await rerunWorkflow(batch);
	// Somebody runs the workflow once more, with all that did not leave through Success, and with some of the rest.
	for (const decision of batch.decisions)
		if (decision.result?.through !== 0 || batch.random.next() < 0.2) decision.result = undefined;
	await rerunWorkflow(batch);
	await judge(batch, laterMs);
}

async function cleanUp(batch: Batch): Promise<void> {
	const open = await reconcileAndRetry(batch, (seen) => tally.countFindings(seen));
	for (const { reconciled } of open) expect(reconciled).toEqual(FOR_A_PERSON);
	const now = batch.registry.time.now();
	const truths = await loadTruths(batch);
	expect(wrongs(truths, (truth) => findRegistryProblem(truth, now))).toEqual([]);
}

const DASHBOARD = 'https://dashboard.stripe.com/test/';
const FOR_A_PERSON = {
	finding: 'inconclusive',
	retryAt: null,
	reason: expect.stringMatching(/\w/) as string,
	dashboardUrl: expect.stringContaining(DASHBOARD) as string,
	nextStep: expect.stringContaining('Stripe dashboard') as string,
};

async function judge(batch: Batch, laterMs: number): Promise<void> {
	const now = batch.registry.time.now();
	const truths = await loadTruths(batch);
	expect(wrongs(truths, (truth) => findProblem(truth, now) ?? findItemProblem(truth))).toEqual([]);
	// Whoever begins to look in good time, while Stripe keeps its events, finds out all that is in any list.
	if (laterMs < IN_GOOD_TIME_MS) expect(truths.filter(isLostForGood)).toEqual([]);
	expect((await batch.entries()).map(({ entryId }) => entryId).sort()).toEqual(
		batch.decisions.map(({ entryId }) => entryId).sort(),
	);
	tally.countFinal(truths, batch.stripe.sends());
}

it(
	`${BATCHES * IN_A_BATCH} random entries are resolved: none is unknown that Stripe knows, none was executed twice, none is lost`,
	async () => {
		const chance = seedRandom('random fates', repeat(SEED, pickSeed()));
		for (let n = 0; n < BATCHES; n++) {
			const own = new RandomSource(chance.below(2 ** 31));
			const laterMs = LATER_MS[n % LATER_MS.length]!;
			const driver = DRIVERS[Math.floor(n / LATER_MS.length) % DRIVERS.length]!;
			const batch = await Batch.open(own, crashPlan, pickOne(SEARCH_LAGS_MS, own));
			try {
				await live(batch, laterMs, driver);
			} finally {
				await batch.close();
			}
		}
		tally.countCrashes(crashPlan.tally);
		report('random fates', tally.figures());
		// Among few entries the rare fates need not be.
		expect(repeat(0, 1) ? tally.missing() : []).toEqual([]);
	},
	3 * PATIENCE_MS,
);
