import { setImmediate as nextTurn } from 'node:timers/promises';

import type { INodeParameters } from 'n8n-workflow';

import { anySeed, Chance, chanceOf } from '../crash/chance';
import { PATIENCE_MS, tell, times } from '../crash/soak';
import { Desk } from '../nodes/registryNode';
import { SECRET_KEY, STRIPE_NODE } from '../nodes/stripeNode';
import { signatureOf, TriggerShop } from '../nodes/triggerNode';
import { NO_REDIRECTS, stripeAt } from '../simulator/client';
import type { MoneyFate } from './moneyFate';
import { CREATING, drawMoneyFate, itemOf, NEXT_DEEDS, REFUND_DEEDS } from './moneyFate';
import { sumsInStripe, sumsOfCsv, sumsOfPage, sumsOfSummarize } from './moneySums';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Longer than all that Stripe may still finish. */
const LONG_MS = 4 * DAY_MS + HOUR_MS;
const MOST_ROUNDS = 5;

const IN_A_BATCH = 50;
const BATCHES = times(2, 40);
const SEED = 20_261_128;

/** What must have occurred, so that the sums are of anything. */
const seen = new Map<string, number>();
const note = (what: string) => seen.set(what, 1 + (seen.get(what) ?? 0));

/** Payments that begin together: a ledger, a Stripe and a clock of their own. */
class Payments {
	private constructor(
		readonly desk: Desk,
		readonly fates: readonly MoneyFate[],
		private readonly chance: Chance,
	) {}

	static async open(chance: Chance): Promise<Payments> {
		const fates = Array.from({ length: IN_A_BATCH }, (_, n) =>
			drawMoneyFate(`${chance.seed}-${n}`, chance),
		);
		return new Payments(await Desk.open(undefined, { searchLagMs: 0 }), fates, chance);
	}

	get stripe() {
		return this.desk.setting.stripe;
	}

	private get sdk() {
		return stripeAt(this.stripe, SECRET_KEY);
	}

	/** The workflow, run again with what did not come to an end, as its items say. */
	async doAll<Deed extends string>(
		deedOf: (fate: MoneyFate) => Deed | undefined,
		deeds: Readonly<Record<Deed, INodeParameters>>,
	): Promise<void> {
		const groups = Map.groupBy(this.fates, deedOf);
		for (const [deed, fates] of groups) {
			if (deed === undefined) continue;
			note(deed);
			let open = fates;
			for (const { fault, order } of fates) {
				if (fault) this.stripe.inject({ kind: fault, match: { metadata: { order } } });
			}
			for (let round = 0; open.length > 0; round++) {
				if (round === MOST_ROUNDS) throw new Error(`${deed}: there is still something to run again`);
				if (round > 0) await this.advance(round === 1 ? 26 * HOUR_MS : LONG_MS);
				open = await this.run(deeds[deed], open);
			}
		}
	}

	/** @returns what is to be run again */
	private async run(parameters: INodeParameters, fates: readonly MoneyFate[]): Promise<MoneyFate[]> {
		const { raws, error } = await this.desk.run(parameters, fates.map(itemOf), { type: STRIPE_NODE });
		expect(error).toBeUndefined();
		const again: MoneyFate[] = [];
		raws.forEach((items, through) => {
			for (const { json, pairedItem } of items) {
				const fate = fates[(pairedItem as { item: number }).item]!;
				const { outcome } = (json.error ?? {}) as { outcome?: string };
				if (through === 2 || outcome === 'unauthorized') again.push(fate);
				if (through > 0) continue;
				const { paymentState } = json.idempotency as { paymentState: string };
				note(`left as ${paymentState}`);
				if (json.object === 'payment_intent') fate.target = json.id as string;
			}
		});
		return again;
	}

	/** People pay, capture and cancel without these nodes, and pay what these nodes know nothing of. */
	async outside(): Promise<void> {
		const { paymentIntents } = this.sdk;
		for (const { target, outside, amount } of this.fates) {
			if (target === undefined || outside === 'nothing') continue;
			const deeds = {
				customerPays: () => paymentIntents.confirm(target, { payment_method: 'pm_card_visa' }),
				captures: () => paymentIntents.capture(target, { amount_to_capture: Math.floor(amount / 2) }),
				cancels: () => paymentIntents.cancel(target),
			};
			const done = await deeds[outside]().catch(() => undefined);
			if (done) note(`outside: ${outside}`);
		}
		const paying = { ...NO_REDIRECTS, payment_method: 'pm_card_visa', confirm: true } as const;
		const { id: target } = await paymentIntents.create({ ...paying, amount: 77, currency: 'eur' });
		// The workflow writes something into it; its money is not the workflow's.
		await this.desk.run(NEXT_DEEDS.update, [{ order: 'elsewhere', target }], { type: STRIPE_NODE });
	}

	async advance(ms: number): Promise<void> {
		for (let turn = 0; turn < 5; turn++) await nextTurn();
		this.desk.time.advance(ms);
		this.stripe.advance(0);
	}

	/** Stripe tells the trigger everything, in any order, some of it twice. */
	async hearAll(): Promise<void> {
		const events = this.chance
			.shuffled(this.stripe.happened())
			.filter(({ type }) => /^(?:payment_intent|charge|refund)\./.test(type))
			.flatMap((event) => (this.chance.next() < 0.1 ? [event, event] : [event]));
		const trigger = await TriggerShop.open(this.desk.time);
		const parameters = { ledgerFile: this.desk.setting.ledgerFile, events: ['account.updated'] };
		for (const event of events) {
			const body = JSON.stringify(event);
			const signature = signatureOf(body, undefined, Date.now() - this.desk.time.now());
			const answer = trigger.deliverRaw(body, { 'stripe-signature': signature }, { parameters });
			expect(await answer).toMatchObject({ status: 200 });
		}
		await trigger.close();
	}
}

async function live(payments: Payments): Promise<void> {
	const { fates, desk } = payments;
	const known = ({ target }: MoneyFate) => target !== undefined;
	await payments.doAll(({ way }) => way, CREATING);
	const nextOf = (fate: MoneyFate) => (known(fate) && fate.next !== 'nothing' ? fate.next : undefined);
	await payments.doAll(nextOf, NEXT_DEEDS);
	await payments.advance(HOUR_MS);
	await payments.outside();
	await payments.advance(LONG_MS);
	const refundOf = (fate: MoneyFate) => (known(fate) && fate.refund !== 'none' ? fate.refund : undefined);
	await payments.doAll(refundOf, REFUND_DEEDS);
	await payments.advance(LONG_MS);
	await payments.hearAll();
	const { json } = await desk.one({ resource: 'entry', operation: 'summarize' });
	const { money } = json as unknown as { money: { kind: string; paymentState: string; count: number }[] };
	for (const { kind, paymentState } of money) note(`ended: ${kind} ${paymentState}`);
	expect((json.states as { unknown?: number }).unknown).toBe(0);
	expect(fates).toHaveLength(IN_A_BATCH);
}

/** Without these the proof is none. */
const MUST_OCCUR = [
	...['confirm', 'capture', 'capturePart', 'cancel', 'update', 'whole', 'part'],
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
	...['customerPays', 'captures', 'cancels'].map((deed) => `outside: ${deed}`),
	...['paid', 'unpaid', 'canceled', 'authorized'].map((state) => `ended: payment ${state}`),
	...['refunded', 'failed'].map((state) => `ended: refund ${state}`),
];

it(
	`the sums of Summarize, page and export are those of Stripe, over ${BATCHES * IN_A_BATCH} payments of random fate`,
	async () => {
		const chance = chanceOf('money of random fates', times(SEED, anySeed()));
		const figures: Record<string, number> = {};
		for (let n = 0; n < BATCHES; n++) {
			const payments = await Payments.open(new Chance(chance.below(2 ** 31)));
			const { desk, stripe } = payments;
			try {
				await live(payments);
				const truth = sumsInStripe(stripe);
				const { money, total } = await sumsOfSummarize(desk);
				expect({ money, total, page: await sumsOfPage(desk), csv: await sumsOfCsv(desk) }).toEqual({
					...{ money: truth, total: truth, page: truth, csv: truth },
				});
				for (const [name, sum] of Object.entries(truth)) figures[name] = (figures[name] ?? 0) + sum;
			} finally {
				await desk.close();
			}
		}
		tell('money of random fates', figures, Object.fromEntries(seen));
		expect(MUST_OCCUR.filter((what) => !seen.has(what))).toEqual([]);
	},
	PATIENCE_MS,
);
