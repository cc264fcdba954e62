import { until } from '../servers/until';
import { chanceOf } from './chance';
import { contend } from './contend';
import type { Flaw } from './flaws';
import { FLAWS } from './flaws';
import { onEach } from './grounds';
import { kill } from './killing';
import { ordersNamed } from './pay';
import { Payer } from './payerProcess';
import { soundFor } from './verdict';

/** What the proofs call sound must not be what they say of everything. */
onEach(['Local File'], (ground) => {
	let payers: Payer[] = [];
	beforeEach(async () => {
		payers = [await Payer.start(), await Payer.start()];
	});
	afterEach(() => Promise.all(payers.map((payer) => payer.kill())));

	it.each<[string, Flaw]>([
		['tells everybody that the place was free', 'everybodyWins'],
		['protects nobody while he sends', 'leaseIsOver'],
	])('the proof of contention notices a ledger that %s', async (_what, flaw) => {
		const chance = chanceOf(flaw);
		// Fewer than each process has workers, so that some of them meet, whatever they begin with.
		const orders = ordersNamed('order', 4);
		const contest = { place: ground().newPlace(), orders, workers: [5, 5], latencyMs: 50, chance };
		const { sentAgain } = await contend(payers, { ...contest, flaw });
		expect(sentAgain).toBeGreaterThan(0);

		const sound = await contend(payers, { ...contest, place: ground().newPlace() });
		expect(sound).toMatchObject({ verdict: soundFor(orders), sentAgain: 0, takenOver: 0 });
	});

	it('the proof of kills notices a ledger that begins anew where a lease is over', async () => {
		const orders = ordersNamed('order', 20);
		const [survivor, victim] = payers as [Payer, Payer];
		const { verdict } = await kill({
			...{ place: ground().newPlace(), orders, survivor, victim, chance: chanceOf('timeFrees') },
			// The moment between a charge of the victim and its settle.
			when: ({ stripe }) =>
				new Promise<void>((resolve) => {
					stripe.onPoint(async ({ name, request }) => {
						if (name !== 'executed' || request.key === undefined) return;
						const claimed = new Set(victim.told.map(({ entryId }) => `n8n_${entryId}`));
						if (!claimed.has(request.key)) return;
						// Stripe waits for that, and so the answer comes too late in any case.
						await victim.kill();
						resolve();
					});
				}),
			seenLater: FLAWS.timeFrees,
		});
		expect(verdict.duplicates).toBeGreaterThan(0);
		expect(verdict.laterAttempts).toBeGreaterThanOrEqual(verdict.duplicates);
	});

	it('the proof of kills notices a ledger that acknowledges before it writes', async () => {
		const orders = ordersNamed('order', 20);
		const [survivor, victim] = payers as [Payer, Payer];
		const { verdict } = await kill({
			...{ place: ground().newPlace(), orders, survivor, victim, chance: chanceOf('writesLater') },
			when: () => until('acknowledgements', () => victim.told.length > 5),
			flaw: 'writesLater',
		});
		expect(verdict.forgotten).toBeGreaterThan(0);
	});
});
