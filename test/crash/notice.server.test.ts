import { until } from '../servers/until';
import { seedRandom } from './randomSource';
import { contend } from './contend';
import type { Flaw } from './flaws';
import { FLAWS } from './flaws';
import { describeEachBackend } from './ledgerBackends';
import { killWorker } from './killing';
import { nameOrders } from './pay';
import { PaymentWorker } from './paymentWorker';
import { buildSoundAudit } from './audit';

/** The crash tests must be able to fail: they must notice each of these flaws. */
describeEachBackend(['Local File'], (backend) => {
	let workerProcesses: PaymentWorker[] = [];
	beforeEach(async () => {
		workerProcesses = [await PaymentWorker.start(), await PaymentWorker.start()];
	});
	afterEach(() => Promise.all(workerProcesses.map((worker) => worker.kill())));

	it.each<[string, Flaw]>([
		['reports to everyone that the entry was free', 'everybodyWins'],
		['protects no one while sending', 'leaseIsOver'],
	])('the contention test detects a ledger that %s', async (_what, flaw) => {
		const chance = seedRandom(flaw);
		// Fewer orders than workers per process, so that some workers meet in any order of work.
		const orders = nameOrders('order', 4);
		const contest = { location: backend().newLocation(), orders, workers: [5, 5], latencyMs: 50, chance };
		const { sentAgain } = await contend(workerProcesses, { ...contest, flaw });
		expect(sentAgain).toBeGreaterThan(0);

		const sound = await contend(workerProcesses, { ...contest, location: backend().newLocation() });
		expect(sound).toMatchObject({ audit: buildSoundAudit(orders), sentAgain: 0, takenOver: 0 });
	});

	it('the kill test detects a ledger that starts a new attempt after a lease has expired', async () => {
		const orders = nameOrders('order', 20);
		const [survivor, victim] = workerProcesses as [PaymentWorker, PaymentWorker];
		const { audit: audit } = await killWorker({
			location: backend().newLocation(),
			orders,
			survivor,
			victim,
			chance: seedRandom('timeFrees'),
			// The moment between a charge by the victim and its settle.
			when: ({ stripe }) =>
				new Promise<void>((resolve) => {
					stripe.onPoint(async ({ name, request }) => {
						if (name !== 'executed' || request.key === undefined) return;
						const claimed = new Set(
							victim.acknowledgements.map(({ entryId }) => `n8n_${entryId}`),
						);
						if (!claimed.has(request.key)) return;
						// Stripe waits for the kill, so its answer always comes too late.
						await victim.kill();
						resolve();
					});
				}),
			seenLater: FLAWS.timeFrees,
		});
		expect(audit.duplicates).toBeGreaterThan(0);
		expect(audit.laterAttempts).toBeGreaterThanOrEqual(audit.duplicates);
	});

	it('the kill test detects a ledger that acknowledges before it writes', async () => {
		const orders = nameOrders('order', 20);
		const [survivor, victim] = workerProcesses as [PaymentWorker, PaymentWorker];
		const { audit: audit } = await killWorker({
			location: backend().newLocation(),
			orders,
			survivor,
			victim,
			chance: seedRandom('writesLater'),
			when: () => until('acknowledgements', () => victim.acknowledgements.length > 5),
			flaw: 'writesLater',
		});
		expect(audit.forgotten).toBeGreaterThan(0);
	});
});
