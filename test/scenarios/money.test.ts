import { setImmediate as nextTurn } from 'node:timers/promises';

import type { INodeParameters } from 'n8n-workflow';

import { pickSeed, RandomSource, seedRandom } from '../crash/randomSource';
import { PATIENCE_MS, report, repeat } from '../crash/soak';
import { RegistryFixture } from '../nodes/fixtures/registryFixture';
import { SECRET_KEY, STRIPE_NODE } from '../nodes/fixtures/ordersFixture';
import { signBody, TriggerFixture } from '../nodes/fixtures/triggerFixture';
import { NO_REDIRECTS, stripeAt } from '../simulator/client';
import type { MoneyScenario } from './moneyScenario';
import {
	CREATING,
	drawMoneyScenario,
	toMoneyItem,
	NEXT_OPERATIONS,
	REFUND_OPERATIONS,
} from './moneyScenario';
import { sumsInStripe, sumsOfCsv, sumsOfPage, sumsOfSummarize } from './moneySums';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Longer than all that Stripe may still finish. */
const LONG_MS = 4 * DAY_MS + HOUR_MS;
const MOST_ROUNDS = 5;

const IN_A_BATCH = repeat(24, 50);
const BATCHES = repeat(2, 40);
const SEED = 20_261_130;

/** What must have occurred, so that the sums are of anything. */
const seen = new Map<string, number>();
const note = (what: string) => seen.set(what, 1 + (seen.get(what) ?? 0));

/** Payments that begin together: a ledger, a Stripe and a clock of their own. */
class Payments {
	private constructor(
		readonly registry: RegistryFixture,
		readonly scenarios: readonly MoneyScenario[],
		private readonly chance: RandomSource,
	) {}

	static async open(chance: RandomSource): Promise<Payments> {
		const scenarios = Array.from({ length: IN_A_BATCH }, (_, n) =>
			drawMoneyScenario(`${chance.seed}-${n}`, chance),
		);
		return new Payments(await RegistryFixture.open(undefined, { searchLagMs: 0 }), scenarios, chance);
	}

	get stripe() {
		return this.registry.fixture.stripe;
	}

	private get sdk() {
		return stripeAt(this.stripe, SECRET_KEY);
	}

	/** The workflow, run again with what did not come to an end, as its items say. */
	async doAll<Kind extends string>(
		kindOf: (scenario: MoneyScenario) => Kind | undefined,
		operations: Readonly<Record<Kind, INodeParameters>>,
	): Promise<void> {
		const groups = Map.groupBy(this.scenarios, kindOf);
		for (const [kind, scenarios] of groups) {
			if (kind === undefined) continue;
			note(kind);
			let open = scenarios;
			for (const { fault, order } of scenarios) {
				if (fault) this.stripe.inject({ kind: fault, match: { metadata: { order } } });
			}
			for (let round = 0; open.length > 0; round++) {
				if (round === MOST_ROUNDS) throw new Error(`${kind}: there is still something to run again`);
				if (round > 0) await this.advance(round === 1 ? 26 * HOUR_MS : LONG_MS);
				open = await this.run(operations[kind], open);
			}
		}
	}

	/** @returns what is to be run again */
	private async run(
		parameters: INodeParameters,
		scenarios: readonly MoneyScenario[],
	): Promise<MoneyScenario[]> {
		const { raws, error } = await this.registry.run(parameters, scenarios.map(toMoneyItem), {
			type: STRIPE_NODE,
		});
		expect(error).toBeUndefined();
		const again: MoneyScenario[] = [];
		raws.forEach((items, through) => {
			for (const { json, pairedItem } of items) {
				const scenario = scenarios[(pairedItem as { item: number }).item]!;
				const { outcome } = (json.error ?? {}) as { outcome?: string };
				if (through === 2 || outcome === 'unauthorized') again.push(scenario);
				if (through > 0) continue;
				const { paymentState } = json.idempotency as { paymentState: string };
				note(`left as ${paymentState}`);
				if (json.object === 'payment_intent') scenario.target = json.id as string;
			}
		});
		return again;
	}

	/** People pay, capture and cancel without these nodes, and pay what these nodes know nothing of. */
	async outside(): Promise<void> {
		const { paymentIntents } = this.sdk;
		for (const { target, outside, amount } of this.scenarios) {
			if (target === undefined || outside === 'nothing') continue;
			const operations = {
				customerPays: () => paymentIntents.confirm(target, { payment_method: 'pm_card_visa' }),
				captures: () => paymentIntents.capture(target, { amount_to_capture: Math.floor(amount / 2) }),
				cancels: () => paymentIntents.cancel(target),
			};
			const done = await operations[outside]().catch(() => undefined);
			if (done) note(`outside: ${outside}`);
		}
		const paying = { ...NO_REDIRECTS, payment_method: 'pm_card_visa', confirm: true } as const;
		const { id: target } = await paymentIntents.create({ ...paying, amount: 77, currency: 'eur' });
		// The workflow writes something into it; its money is not the workflow's.
		await this.registry.run(NEXT_OPERATIONS.update, [{ order: 'elsewhere', target }], {
			type: STRIPE_NODE,
		});
	}

	async advance(ms: number): Promise<void> {
		for (let turn = 0; turn < 5; turn++) await nextTurn();
		this.registry.time.advance(ms);
		this.stripe.advance(0);
	}

	/** Stripe tells the trigger everything, in any order, some of it twice. */
	async hearAll(): Promise<void> {
		const events = this.chance
			.shuffled(this.stripe.happened())
			.filter(({ type }) => /^(?:payment_intent|charge|refund)\./.test(type))
			.flatMap((event) => (this.chance.next() < 0.1 ? [event, event] : [event]));
		const trigger = await TriggerFixture.open(this.registry.time);
		const parameters = { ledgerFile: this.registry.fixture.ledgerFile, events: ['account.updated'] };
		for (const event of events) {
			const body = JSON.stringify(event);
			const signature = signBody(body, undefined, Date.now() - this.registry.time.now());
			const answer = trigger.deliverRaw(body, { 'stripe-signature': signature }, { parameters });
			expect(await answer).toMatchObject({ status: 200 });
		}
		await trigger.close();
	}
}

async function live(payments: Payments): Promise<void> {
	const { scenarios, registry } = payments;
	const known = ({ target }: MoneyScenario) => target !== undefined;
	await payments.doAll(({ way }) => way, CREATING);
	const nextOf = (scenario: MoneyScenario) =>
		known(scenario) && scenario.next !== 'nothing' ? scenario.next : undefined;
	await payments.doAll(nextOf, NEXT_OPERATIONS);
	await payments.advance(HOUR_MS);
	await payments.outside();
	await payments.advance(LONG_MS);
	const refundOf = (scenario: MoneyScenario) =>
		known(scenario) && scenario.refund !== 'none' ? scenario.refund : undefined;
	await payments.doAll(refundOf, REFUND_OPERATIONS);
	await payments.advance(LONG_MS);
	await payments.hearAll();
	const { json } = await registry.one({ resource: 'entry', operation: 'summarize' });
	const { money } = json as unknown as { money: { kind: string; paymentState: string; count: number }[] };
	for (const { kind, paymentState } of money) note(`ended: ${kind} ${paymentState}`);
	expect((json.states as { unknown?: number }).unknown).toBe(0);
	expect(scenarios).toHaveLength(IN_A_BATCH);
}

/** Without these the proof is none. */
const MUST_OCCUR = [
	'confirm',
	'capture',
	'capturePart',
	'cancel',
	'update',
	'whole',
	'part',
	...[
		'paid',
		'unpaid',
		'authorized',
		'processing',
		'requires_action',
		'canceled',
		'refunded',
		'pending',
	].map((state) => `left as ${state}`),
	...['customerPays', 'captures', 'cancels'].map((kind) => `outside: ${kind}`),
	...['paid', 'unpaid', 'canceled', 'authorized'].map((state) => `ended: payment ${state}`),
	...['refunded', 'failed'].map((state) => `ended: refund ${state}`),
];

it(
	`the sums of Summarize, page and export equal those of Stripe, over ${BATCHES * IN_A_BATCH} random payments`,
	async () => {
		const chance = seedRandom('money of random fates', repeat(SEED, pickSeed()));
		const figures: Record<string, number> = {};
		for (let n = 0; n < BATCHES; n++) {
			const payments = await Payments.open(new RandomSource(chance.below(2 ** 31)));
			const { registry, stripe } = payments;
			try {
				await live(payments);
				const truth = sumsInStripe(stripe);
				const { money, total } = await sumsOfSummarize(registry);
				expect({
					money,
					total,
					page: await sumsOfPage(registry),
					csv: await sumsOfCsv(registry),
				}).toEqual({
					money: truth,
					total: truth,
					page: truth,
					csv: truth,
				});
				for (const [name, sum] of Object.entries(truth)) figures[name] = (figures[name] ?? 0) + sum;
			} finally {
				await registry.close();
			}
		}
		report('money of random fates', figures, Object.fromEntries(seen));
		expect(MUST_OCCUR.filter((what) => !seen.has(what))).toEqual([]);
	},
	PATIENCE_MS,
);
