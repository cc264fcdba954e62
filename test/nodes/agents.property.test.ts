import fc from '../fastCheck';

import type { Policy } from '../../ledger/policy';
import { FakeTime } from '../ledger/fakeTime';
import { registryOf, reserveFor } from './registered';
import { CHARGE, EMPTY_CARD, Shop } from './stripeNode';

const DAY = 86_400_000;

/** What an agent may come up with. Few invoices and amounts, so that it meets itself again and again. */
const invoice = fc.constantFrom('A', 'B', 'C', 'D', 'E');
const amount = fc.constantFrom(100, 250, 400, 500, 900);
const currency = fc.constantFrom('eur', 'eur', 'eur', 'eur', 'usd');
const agent = fc.constantFrom('one', 'two');
const step = fc.oneof(
	{
		weight: 6,
		arbitrary: fc.record({ do: fc.constant('reserve' as const), invoice, amount, currency, agent }),
	},
	{
		weight: 8,
		arbitrary: fc.record({
			do: fc.constant('pay' as const),
			token: fc.nat({ max: 9 }),
			amount: fc.constantFrom(undefined, undefined, undefined, 100, 900),
			currency: fc.constantFrom(undefined, undefined, undefined, undefined, 'usd'),
			fault: fc.constantFrom('none', 'none', 'none', 'declined', 'lost'),
		}),
	},
	{ weight: 2, arbitrary: fc.record({ do: fc.constant('invent' as const), text: fc.string() }) },
	{
		weight: 2,
		arbitrary: fc.record({
			do: fc.constantFrom('approve', 'approve', 'approve', 'deny', 'revoke'),
			token: fc.nat({ max: 9 }),
		}),
	},
	{ weight: 1, arbitrary: fc.record({ do: fc.constantFrom('stop', 'resume', 'resume', 'wait') }) },
);
const policy: fc.Arbitrary<Policy> = fc.record({
	currencies: fc
		.record({
			maxPerPayment: fc.constantFrom(300, 1000, 5000),
			maxPerDay: fc.constantFrom(500, 1000, 2500),
			approvalAbove: fc.constantFrom(200, 500, 9999),
		})
		.map((limits) => [{ currency: 'eur', ...limits }]),
	maxPerSession: fc.constantFrom(1, 3, 9),
	operations: fc.constant(['paymentIntent.create']),
	customers: fc.constant([]),
});

/** What a person said yes to, or what needed nobody's yes. */
interface Reserved {
	token: string;
	entryId: string;
	agent: string;
	amount: number;
	currency: string;
	approved: boolean;
	/** Which of the reservations of its entry. */
	round: number;
	day: string;
}

/** Over all runs: a test in which nothing moves proves nothing. */
let moved = 0;

it('whatever agents try, the money that moved was reserved, approved and within every limit', async () => {
	await fc.assert(
		fc.asyncProperty(policy, fc.array(step, { minLength: 30, maxLength: 60 }), async (rules, steps) => {
			const time = new FakeTime();
			const shop = await Shop.open({ time });
			try {
				const registry = registryOf(shop, time);
				const [rule] = rules.currencies;
				const reserved = new Map<string, Reserved>();
				const nth = (position: number) =>
					[...reserved.values()][position % Math.max(reserved.size, 1)];
				let stopped = false;
				const pay = async (token: string, more: object) => {
					const before = shop.charges();
					await shop.run(
						{
							...CHARGE,
							keySource: 'token',
							token: '={{ $json.token }}',
							options: { requireToken: true, maxRetries: 0 },
						},
						[{ token, ...more }],
					);
					if (stopped) expect(shop.charges()).toBe(before);
				};
				for (const act of steps) {
					if (act.do === 'reserve') {
						const answer = await reserveFor(
							registry,
							act.invoice,
							{ amount: act.amount, currency: act.currency, purpose: `words ${reserved.size}` },
							{ agent: act.agent, session: act.agent, policy: rules },
						);
						if (answer.kind !== 'reserved') continue;
						expect(stopped).toBe(false);
						const { entryId, reservation } = answer.entry;
						const intent = reservation?.intent;
						const round = reservation?.round ?? 0;
						// Asked for again it is the same one, with what a person has decided about it.
						if (reserved.get(entryId)?.round === round) continue;
						reserved.set(entryId, {
							...{ token: answer.token, entryId, agent: reservation?.spender.agent ?? '' },
							...{ amount: intent?.amount ?? 0, currency: intent?.currency ?? '' },
							round,
							approved: reservation?.approval.state !== 'waiting',
							day: new Date(time.now()).toISOString().slice(0, 10),
						});
					} else if (act.do === 'pay') {
						const known = nth(act.token);
						if (!known) continue;
						if (act.fault === 'lost') shop.simulator.inject({ kind: 'resetAfter' });
						await pay(known.token, {
							amount: act.amount ?? known.amount,
							currency: act.currency ?? known.currency,
							...(act.fault === 'declined' ? { card: EMPTY_CARD } : {}),
						});
						shop.simulator.clearFaults();
					} else if (act.do === 'invent') {
						await pay(act.text, {});
					} else if (act.do === 'approve' || act.do === 'deny' || act.do === 'revoke') {
						const known = 'token' in act ? nth(act.token) : undefined;
						if (!known) continue;
						if (act.do === 'approve') {
							const verdict = await registry.approve(known.entryId, 'Ada');
							if (verdict?.kind === 'done') known.approved = true;
						} else {
							await registry.cancel(
								known.entryId,
								act.do === 'deny' ? 'denied' : 'revoked',
								'Ada',
								DAY,
							);
						}
					} else if (act.do === 'stop') {
						await registry.stop('Ada', 'test');
						stopped = true;
					} else if (act.do === 'resume') {
						await registry.resume();
						stopped = false;
					} else {
						time.advance(2 * 3_600_000);
					}
				}
				const { charges } = shop.simulator.report();
				moved += charges.length;
				const perAgent = new Map<string, number>();
				const seen = new Set<string>();
				for (const { entry = '', amount: paid, currency: inWhat } of charges) {
					const known = reserved.get(entry);
					expect(known).toMatchObject({ amount: paid, currency: inWhat });
					expect(seen.has(entry)).toBe(false);
					seen.add(entry);
					expect(paid).toBeLessThanOrEqual(rule?.maxPerPayment ?? 0);
					expect(inWhat).toBe('eur');
					if (paid > (rule?.approvalAbove ?? 0)) expect(known?.approved).toBe(true);
					const spender = `${known?.agent} ${known?.day}`;
					perAgent.set(spender, (perAgent.get(spender) ?? 0) + paid);
				}
				for (const spent of perAgent.values())
					expect(spent).toBeLessThanOrEqual(rule?.maxPerDay ?? 0);
				const counts = charges.map(({ entry = '' }) => reserved.get(entry)?.agent);
				for (const name of ['one', 'two'])
					expect(counts.filter((found) => found === name).length).toBeLessThanOrEqual(
						rules.maxPerSession ?? 0,
					);
			} finally {
				await shop.close();
			}
		}),
		{ numRuns: 60 },
	);
	expect(moved).toBeGreaterThan(20);
}, 240_000);
