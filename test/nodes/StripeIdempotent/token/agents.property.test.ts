import type { INodeParameters } from 'n8n-workflow';

import fc from '../../../fastCheck';

import type { Intent } from '../../../../ledger/model/entry';
import { keyOfAttempt } from '../../../../ledger/identity/key';
import { SqliteStore } from '../../../../ledger/stores/sqlite/sqliteStore';
import type { Policy } from '../../../../ledger/rules/policy';
import { findCurrencyPolicy } from '../../../../ledger/rules/policy';
import { repeat } from '../../../crash/soak';
import { FakeClock } from '../../../ledger/fakeClock';
import {
	APPROVAL_VALID_MS,
	openTokenRegistry,
	reserveOrder,
	TOKEN_VALID_MS,
} from '../../fixtures/reservations';
import { CHARGE, EMPTY_CARD, toLocator, OrdersFixture } from '../../fixtures/ordersFixture';

const RUNS = repeat(6, 200);

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const OPERATIONS = ['paymentIntent.create', 'refund.create'] as const;

/** What an agent may come up with. Few invoices and amounts, so that it meets itself again and again. */
const invoice = fc.constantFrom('A', 'B', 'C', 'D', 'E');
const amount = fc.constantFrom(100, 250, 400, 500, 900);
const currency = fc.constantFrom('eur', 'eur', 'eur', 'eur', 'usd');
const agent = fc.constantFrom('one', 'two');
/** Of the two customers, each of whom has paid something that can be refunded. */
const who = fc.constantFrom(0, 0, 1);
const operation = fc.constantFrom(OPERATIONS[0], OPERATIONS[1]);
const rarely = <T>(value: fc.Arbitrary<T>) => fc.option(value, { freq: 6, nil: undefined });
const seldom = <T>(value: fc.Arbitrary<T>) =>
	fc.oneof({ weight: 9, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: value });
const step = fc.oneof(
	{
		weight: 6,
		arbitrary: fc.record({
			do: fc.constant('reserve' as const),
			invoice,
			operation,
			amount,
			currency,
			agent,
			customer: rarely(who),
			of: who,
		}),
	},
	{
		weight: 9,
		arbitrary: fc.record({
			do: fc.constant('pay' as const),
			/** Any token that was ever handed out. */
			token: fc.nat({ max: 30 }),
			operation: seldom(operation),
			amount: seldom(amount),
			currency: seldom(currency),
			customer: seldom(who),
			of: seldom(who),
			fault: fc.constantFrom('none', 'none', 'none', 'none', 'declined', 'lost'),
		}),
	},
	{ weight: 2, arbitrary: fc.record({ do: fc.constant('invent' as const), text: fc.string() }) },
	{
		weight: 4,
		arbitrary: fc.record({
			do: fc.constantFrom('approve', 'approve', 'approve', 'deny', 'revoke'),
			/** Any question that was ever asked, answered before or not; or, if there is one, a question that is over. */
			question: fc.nat({ max: 30 }),
			isOld: fc.boolean(),
		}),
	},
	{
		weight: 2,
		arbitrary: fc.record({
			do: fc.constantFrom('stop', 'resume', 'resume'),
			width: fc.constantFrom('tokens' as const, 'tokens' as const, 'everything' as const),
		}),
	},
	{
		weight: 2,
		// As long as nothing ends, until tokens do, or until questions do.
		arbitrary: fc.record({ do: fc.constant('wait' as const), hours: fc.constantFrom(0.5, 0.5, 2, 80) }),
	},
);
const policy = fc.record({
	currencies: fc
		.tuple(
			fc.constantFrom(['eur'], ['eur', 'usd']),
			fc.array(
				fc.record({
					maxPerPayment: fc.constantFrom(300, 1000, 5000),
					maxPerDay: fc.constantFrom(500, 1000, 2500),
					approvalAbove: fc.constantFrom(200, 500, 9999),
				}),
				{ minLength: 2, maxLength: 2 },
			),
		)
		.map(([codes, limits]) => codes.map((code, position) => ({ currency: code, ...limits[position]! }))),
	maxPerSession: fc.constantFrom(1, 3, 9),
	operations: fc.constantFrom<string[]>([OPERATIONS[0]], [OPERATIONS[1]], [...OPERATIONS], [...OPERATIONS]),
	/** None: any of them. */
	customers: fc.constantFrom<number[]>([], [], [0], [1]),
});

/** What a person said yes to, or what needed nobody's yes. */
interface Reserved {
	token: string;
	entryId: string;
	agent: string;
	intent: Intent;
	approved: boolean;
	cancelled: boolean;
	/** ms since the epoch: from then on nothing may begin with it. */
	endsAt: number;
	/** Which of the reservations of its entry. */
	generationId: string;
	day: string;
}

/** What was asked of the node that pays. */
interface Requested {
	operation: string;
	amount: number;
	currency: string;
	customer?: string;
	object?: string;
	card?: string;
}

const TOKEN: INodeParameters = {
	keySource: 'token',
	token: '={{ $json.token }}',
	options: { requireToken: true, maxRetries: 0 },
};
const PAY: INodeParameters = { ...CHARGE, ...TOKEN };
const OF_CUSTOMER: INodeParameters = { customer: toLocator('id', '={{ $json.customer }}') };
const REFUND: INodeParameters = {
	...TOKEN,
	resource: 'refund',
	operation: 'create',
	refundOf: 'paymentIntent',
	paymentIntent: toLocator('id', '={{ $json.object }}'),
	amount: '={{ $json.amount }}',
	amountUnit: 'minor',
};

/** Two customers, and a payment of each that an agent may refund. */
async function customersOf(fixture: OrdersFixture) {
	return Promise.all(
		['eur', 'usd'].map(async (paidIn) => {
			const { id } = await fixture.stripe.customers.create();
			const payment = await fixture.stripe.paymentIntents.create({
				amount: 1_000_000,
				currency: paidIn,
				customer: id,
				payment_method: 'pm_card_visa',
				confirm: true,
				return_url: 'https://example.com',
			});
			return { id, paid: payment.id };
		}),
	);
}

/** What agents have moved, whatever any of them was told. */
function movedIn(fixture: OrdersFixture) {
	const { charges, refunds } = fixture.simulator.report();
	const chargeOf = new Map(charges.map((charge) => [charge.id, charge]));
	return [
		...charges.map((charge) => ({ ...charge, operation: OPERATIONS[0] })),
		...refunds.map(({ charge, ...refund }) => {
			const { currency: paidIn, customer, paymentIntent } = chargeOf.get(charge)!;
			return { currency: paidIn, customer, object: paymentIntent, ...refund, operation: OPERATIONS[1] };
		}),
	].flatMap(({ entry, ...move }) => (entry === undefined ? [] : [{ ...move, entry }]));
}

/** Of an entry that is past its retention, and forgotten, nothing can be decided either. */
async function expectSuperseded(
	fixture: OrdersFixture,
	{ entryId }: Reserved,
	verdict: { kind: string } | undefined,
) {
	if (verdict) expect(verdict.kind).toBe('superseded');
	else expect(await SqliteStore.open(fixture.ledgerFile).find([entryId])).toEqual([undefined]);
}

/** Over all runs: a test in which nothing moves proves nothing. */
const moved = { 'paymentIntent.create': 0, 'refund.create': 0 };
/** Approvals of questions that were over: without them it proves nothing of those either. */
let late = 0;

it('whatever agents try, the money moved was reserved, approved and within every limit', async () => {
	await fc.assert(
		fc.asyncProperty(policy, fc.array(step, { minLength: 40, maxLength: 80 }), async (drawn, steps) => {
			const time = new FakeClock();
			const fixture = await OrdersFixture.open({ time });
			try {
				const people = await customersOf(fixture);
				const rules: Policy = { ...drawn, customers: drawn.customers.map((one) => people[one]!.id) };
				const registry = openTokenRegistry(fixture, time);
				/** By generation: one entry may have several, one after the other. */
				const reserved = new Map<string, Reserved>();
				const latest = (entryId: string) =>
					[...reserved.values()].findLast((one) => one.entryId === entryId);
				const nth = (position: number) =>
					[...reserved.values()][position % Math.max(reserved.size, 1)];
				const stopped = new Set<string>();
				const keys = () => fixture.simulator.sends().flatMap(({ key }) => key ?? []);
				const pay = async (token: string, attempted?: Requested) => {
					const [before, now] = [keys(), time.now()];
					const parameters =
						attempted?.operation === OPERATIONS[1]
							? REFUND
							: attempted?.customer
								? { ...PAY, ...OF_CUSTOMER }
								: PAY;
					await fixture.run(parameters, [{ token, ...attempted }]);
					// What was sent before may be repeated: that is how the unknown becomes known.
					for (const key of keys().filter((sent) => !before.includes(sent))) {
						const entry = [...reserved.values()].find(({ entryId }) =>
							key.startsWith(keyOfAttempt(entryId, 1)),
						);
						const known = latest(entry?.entryId ?? '');
						expect(known).toMatchObject({ token, approved: true, cancelled: false });
						expect(stopped.size).toBe(0);
						expect(now).toBeLessThan(known!.endsAt);
					}
				};
				for (const act of steps) {
					if (act.do === 'reserve') {
						const refunded = act.operation === OPERATIONS[1] ? people[act.of]?.paid : undefined;
						const customer = act.customer === undefined ? undefined : people[act.customer]?.id;
						const answer = await reserveOrder(
							registry,
							act.invoice,
							{
								operation: act.operation,
								amount: act.amount,
								currency: act.currency,
								...(customer === undefined ? {} : { customer }),
								...(refunded === undefined ? {} : { object: refunded }),
								purpose: `words ${reserved.size}`,
							},
							{ agent: act.agent, session: act.agent, policy: rules },
						);
						if (answer.kind !== 'reserved') continue;
						expect(stopped.size).toBe(0);
						const { entryId, reservation } = answer.entry;
						const { intent, spender, generationId, approval } = reservation!;
						// Asked for again it is the same one, with what a person has decided about it.
						if (reserved.has(generationId)) continue;
						// No two reservations share a token, also not two of one entry.
						expect([...reserved.values()].map(({ token }) => token)).not.toContain(answer.token);
						const approved = approval.state !== 'waiting';
						reserved.set(generationId, {
							token: answer.token,
							entryId,
							agent: spender.agent,
							intent,
							generationId,
							approved,
							cancelled: false,
							endsAt: time.now() + (approved ? TOKEN_VALID_MS : APPROVAL_VALID_MS),
							day: new Date(time.now()).toISOString().slice(0, 10),
						});
					} else if (act.do === 'pay') {
						const known = nth(act.token);
						if (!known) continue;
						const { intent } = known;
						if (act.fault === 'lost')
							fixture.simulator.inject({ kind: 'resetAfter', match: { method: 'POST' } });
						await pay(known.token, {
							operation: act.operation ?? intent.operation,
							amount: act.amount ?? intent.amount,
							currency: act.currency ?? intent.currency,
							customer: act.customer === undefined ? intent.customer : people[act.customer]?.id,
							object: act.of === undefined ? intent.object : people[act.of]?.paid,
							...(act.fault === 'declined' ? { card: EMPTY_CARD } : {}),
						});
						fixture.simulator.clearFaults();
					} else if (act.do === 'invent') {
						await pay(act.text);
					} else if (act.do === 'approve' || act.do === 'deny' || act.do === 'revoke') {
						const over = [...reserved.values()].filter((one) => latest(one.entryId) !== one);
						const old = act.isOld ? over[act.question % Math.max(over.length, 1)] : undefined;
						const known = old ?? nth(act.question);
						if (!known) continue;
						const isOver = latest(known.entryId) !== known;
						if (act.do === 'approve') {
							const verdict = await registry.approve(known, 'Ada');
							if (isOver) await expectSuperseded(fixture, known, verdict);
							late += Number(isOver);
							if (verdict?.kind !== 'applied') continue;
							expect(time.now()).toBeLessThan(known.endsAt);
							known.approved = true;
							known.endsAt = time.now() + TOKEN_VALID_MS;
						} else {
							const reason = act.do === 'deny' ? 'denied' : 'revoked';
							const verdict = await registry.denyOrRevoke(known, reason, 'Ada', DAY);
							if (isOver) await expectSuperseded(fixture, known, verdict);
							if (verdict?.kind === 'applied') known.cancelled = true;
						}
					} else if (act.do === 'stop') {
						await registry.stop(act.width, 'Ada', 'test');
						stopped.add(act.width);
					} else if (act.do === 'resume') {
						for (const width of ['tokens', 'everything'] as const) await registry.resume(width);
						stopped.clear();
					} else if ('hours' in act) {
						time.advance(act.hours * HOUR);
					}
				}
				const moves = movedIn(fixture);
				const perDay = new Map<string, number>();
				const seen = new Set<string>();
				for (const { entry, operation: done, amount: much, currency: inWhat, ...move } of moves) {
					moved[done]++;
					const { intent, agent: spender, approved, day } = latest(entry)!;
					expect(intent).toMatchObject({ operation: done, amount: much, currency: inWhat });
					// Whoever is charged was named; what is given back goes to who has paid, named or not.
					const isNamed = done === OPERATIONS[0] || intent.customer !== undefined;
					if (isNamed) expect(move.customer ?? undefined).toBe(intent.customer);
					if ('object' in move) expect(move.object).toBe(intent.object);
					expect(seen.has(entry)).toBe(false);
					seen.add(entry);
					expect(rules.operations).toContain(done);
					if (rules.customers.length > 0) expect(rules.customers).toContain(move.customer);
					const rule = findCurrencyPolicy(inWhat, rules)!;
					expect(much).toBeLessThanOrEqual(rule.maxPerPayment);
					if (much > rule.approvalAbove!) expect(approved).toBe(true);
					const counted = [spender, day, inWhat].join(' ');
					perDay.set(counted, (perDay.get(counted) ?? 0) + much);
					expect(perDay.get(counted)).toBeLessThanOrEqual(rule.maxPerDay!);
				}
				const counts = moves.map(({ entry }) => latest(entry)?.agent);
				for (const name of ['one', 'two'])
					expect(counts.filter((found) => found === name).length).toBeLessThanOrEqual(
						drawn.maxPerSession,
					);
			} finally {
				await fixture.close();
			}
		}),
		{ numRuns: RUNS },
	);
	expect(moved['paymentIntent.create']).toBeGreaterThan(RUNS / 10);
	expect(moved['refund.create']).toBeGreaterThan(RUNS / 10);
	expect(late).toBeGreaterThan(RUNS / 8);
}, 240_000);
