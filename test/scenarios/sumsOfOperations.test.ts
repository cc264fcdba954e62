import type { INodeParameters } from 'n8n-workflow';
import type Stripe from 'stripe';

import { sampleRows } from '../crash/soak';
import { STRIPE_RESOURCES } from '../../nodes/StripeIdempotent/operations';
import { SECRET_KEY } from '../nodes/fixtures/ordersFixture';
import { runKilledAt } from '../nodes/fixtures/killedAt';
import { ONE_HOUR_MS } from '../nodes/fixtures/nodeFixture';
import { RegistryFixture } from '../nodes/fixtures/registryFixture';
import { stripeAt } from '../simulator/client';
import type { OperationSample } from './operationSample';
import { id, operationOf, prepareItem, target } from './operationSample';
import { OPERATION_SAMPLES } from './operationSamples';

/** Of operations whose sample moves nothing, one that does. */
const MOVING: ReadonlyMap<string, OperationSample> = new Map(
	Object.entries<OperationSample>({
		'subscription.changePlan invoiced': {
			prepare: OPERATION_SAMPLES.get('subscription.changePlan')!.prepare,
			parameters: {
				...OPERATION_SAMPLES.get('subscription.changePlan')!.parameters,
				changeWhen: 'always_invoice',
				quantity: '40',
			},
		},
		'creditNote.create refunded': {
			prepare: payInvoice,
			parameters: { ...target('invoice'), amount: '300', amountUnit: 'minor', paysBackAs: 'refund' },
		},
	}),
);
const SAMPLES = new Map([...OPERATION_SAMPLES, ...MOVING]);

/** One of each kind of money, and the kind that it moves; the others are sampled. */
const OF_EACH_KIND: ReadonlyMap<string, string> = new Map([
	['paymentIntent.create', 'payment'],
	['refund.create', 'refund'],
	['subscription.create', 'payment'],
	['transfer.create', 'transfer'],
	['transfer.reverse', 'transfer_reversal'],
	['subscription.changePlan invoiced', 'payment'],
	['creditNote.create refunded', 'refund'],
]);
const SAMPLED = [...SAMPLES.keys()].filter((name) => !OF_EACH_KIND.has(name));

/** What is done elsewhere by the sample's own preparation, or cannot be done without it. */
const NEEDS_MORE = ['meterEvent.create'];

let registry: RegistryFixture;
beforeAll(async () => {
	registry = await RegistryFixture.open();
});
afterAll(() => registry.close());

/** By kind, in minor units. */
type Money = Record<string, number>;

it.each([...OF_EACH_KIND.keys(), ...sampleRows(10, SAMPLED)])(
	'%s: the ledger counts what has moved in Stripe',
	async (name) => {
		const sample = SAMPLES.get(name)!;
		const item = await prepareItem(sample, sdk());
		registry.time.advance(sample.ageMs ?? 60_000);
		const [stripe, ledger] = [await sumInStripe(), await sumInLedger()];
		const { success } = await run(name, { order: name, amount: '300', ...item });
		const moved = subtract(await sumInStripe(), stripe);
		expect(subtract(await sumInLedger(), ledger)).toEqual(moved);
		if (!NEEDS_MORE.includes(name)) expect(success).toHaveLength(1);
		const kind = OF_EACH_KIND.get(name);
		if (kind !== undefined) expect(moved).toHaveProperty(kind);
	},
);

/** What has moved is shown by another object than the one that was answered, which is read before the outcome is written. */
const READ_LATER = [
	'subscription.create',
	'subscription.changePlan invoiced',
	'creditNote.create refunded',
].flatMap((name) =>
	(['answered', 'counting'] as const).flatMap((point) =>
		[1, 26, 100].flatMap((hours) =>
			(['run again', 'Reconcile'] as const).map((how) => ({ name, point, hours, how })),
		),
	),
);

it.each(READ_LATER)(
	'$name, killed when $point: after $hours hours and $how it has moved once, and is counted',
	async ({ name, point, hours, how }) => {
		const item = await prepareItem(SAMPLES.get(name)!, sdk());
		registry.time.advance(60_000);
		const [stripe, ledger] = [await sumInStripe(), await sumInLedger()];
		const order = { order: `${name} ${point} ${hours} ${how}`, amount: '300', ...item };
		await runKilledAt(registry.fixture, point, () => run(name, order));
		const moved = pickPaid(subtract(await sumInStripe(), stripe));
		expect(Object.keys(moved)).toHaveLength(1);
		expect(subtract(await sumInLedger(), ledger)).toEqual({});
		registry.time.advance((hours - 1) * ONE_HOUR_MS);
		if (how === 'Reconcile') await reconcileAll();
		else await run(name, order);
		expect(pickPaid(subtract(await sumInStripe(), stripe))).toEqual(moved);
		expect(subtract(await sumInLedger(), ledger)).toEqual(moved);
		expect((await run(name, order)).success).toMatchObject([
			{ json: { idempotency: { replayed: true } } },
		]);
	},
);

describe('an invoice that the request did not cause', () => {
	const SAMPLE = SAMPLES.get('subscription.changePlan')!;
	const change = async (item: Record<string, string>, more: INodeParameters) =>
		registry.fixture.run([{ order: JSON.stringify(more), ...item }], {
			parameters: {
				...SAMPLE.parameters,
				resource: 'subscription',
				operation: 'changePlan',
				amount: '',
				paymentMethod: '',
				...more,
			},
			credential: { secretKey: SECRET_KEY },
		});
	const readItem = async ({ target: subscription = '' }: Record<string, string>) =>
		(await sdk().subscriptions.retrieve(subscription)).items.data[0]!;
	const setSeats = async (
		item: Record<string, string>,
		quantity: number,
		more: Stripe.SubscriptionUpdateParams = { proration_behavior: 'none' },
	) => {
		const { id } = await readItem(item);
		await sdk().subscriptions.update(item.target!, { items: [{ id, quantity }], ...more });
	};
	/** Somebody else changes the subscription, which Stripe invoices at once. */
	const changeElsewhere = (item: Record<string, string>) =>
		setSeats(item, 40, { proration_behavior: 'always_invoice' });
	const prorated = { changeWhen: 'create_prorations', quantity: '41' };

	it.each([{}, { chargeAtMost: '100000 USD' }])(
		'is not counted if it arrived at that moment (%j)',
		async (cap) => {
			const item = await prepareItem(SAMPLE, sdk());
			registry.time.advance(60_000);
			const [stripe, ledger] = [await sumInStripe(), await sumInLedger()];
			const stop = registry.fixture.stripe.onPoint(async ({ name, request }) => {
				if (
					name !== 'received' ||
					request.method !== 'POST' ||
					!request.path.includes('/subscriptions/')
				)
					return;
				stop();
				await changeElsewhere(item);
			});
			expect((await change(item, { ...prorated, ...cap })).success).toHaveLength(1);
			expect(subtract(await sumInStripe(), stripe)).not.toEqual({});
			expect(subtract(await sumInLedger(), ledger)).toEqual({});
		},
	);

	it.each([{}, { chargeAtMost: '100000 USD' }])(
		'is not counted if the request was lost before it (%j)',
		async (cap) => {
			const item = await prepareItem(SAMPLE, sdk());
			registry.time.advance(60_000);
			const [stripe, ledger] = [await sumInStripe(), await sumInLedger()];
			registry.fixture.stripe.inject({
				kind: 'resetBefore',
				match: { path: /subscriptions/, method: 'POST' },
			});
			const lost = { ...prorated, ...cap };
			expect((await change(item, lost)).retry).toHaveLength(1);
			registry.time.advance(ONE_HOUR_MS);
			const { quantity: seats = 0 } = await readItem(item);
			await changeElsewhere(item);
			await setSeats(item, seats);
			registry.time.advance(ONE_HOUR_MS);
			expect((await change(item, lost)).success).toHaveLength(1);
			expect(subtract(await sumInStripe(), stripe)).not.toEqual({});
			expect(subtract(await sumInLedger(), ledger)).toEqual({});
		},
	);

	it('is not counted for a schedule created from a subscription that has just started', async () => {
		const ledger = await sumInLedger();
		const item = await prepareItem(SAMPLE, sdk());
		const stripe = await sumInStripe();
		expect((await change(item, { changeWhen: 'periodEnd' })).success).toHaveLength(1);
		expect(subtract(await sumInStripe(), stripe)).toEqual({});
		expect(subtract(await sumInLedger(), ledger)).toEqual({});
	});
});

/** Payouts and top-ups of other samples end by themselves meanwhile. */
const pickPaid = ({ payment, refund }: Money): Money => ({
	...(payment === undefined ? {} : { payment }),
	...(refund === undefined ? {} : { refund }),
});

async function reconcileAll(): Promise<void> {
	for (const { entryId, state } of await registry.fixture.entries()) {
		if (state !== 'unknown' && state !== 'in_flight') continue;
		const json = {
			resource: 'entry',
			operation: 'reconcile',
			which: 'one',
			findBy: 'entryId',
			entry: entryId,
		};
		await registry.one(json);
	}
}

function sdk(): Stripe {
	return stripeAt(registry.fixture.stripe, SECRET_KEY);
}

async function payInvoice(stripe: Stripe): Promise<string> {
	const customer = await id(
		stripe.customers.create({ invoice_settings: { default_payment_method: 'pm_card_visa' } }),
	);
	const invoice = await id(stripe.invoices.create({ customer, auto_advance: false }));
	await stripe.invoiceItems.create({ customer, invoice, amount: 900, currency: 'usd' });
	await stripe.invoices.finalizeInvoice(invoice);
	return id(stripe.invoices.pay(invoice));
}

async function sumInStripe(): Promise<Money> {
	const { charges, refunds } = registry.fixture.stripe.report();
	const [payouts, transfers, topUps] = await Promise.all([
		sdk().payouts.list({ limit: 100 }),
		sdk().transfers.list({ limit: 100 }),
		sdk().topups.list({ limit: 100 }),
	]);
	return {
		payment: sum(charges),
		refund: sum(refunds),
		payout: sum(payouts.data.filter(({ status }) => status === 'paid')),
		transfer: sum(transfers.data),
		transfer_reversal: sum(transfers.data.map(({ amount_reversed: amount }) => ({ amount }))),
		top_up: sum(topUps.data.filter(({ status }) => status === 'succeeded')),
	};
}

function sum(parts: readonly { amount: number }[]): number {
	return parts.reduce((all, { amount }) => all + amount, 0);
}

async function sumInLedger(): Promise<Money> {
	const { json } = await registry.one({ resource: 'entry', operation: 'summarize' });
	const sums: Money = {};
	for (const { kind, amount } of json.money as { kind: string; amount: string }[])
		sums[kind] = (sums[kind] ?? 0) + Number(amount);
	return sums;
}

function subtract(now: Money, before: Money): Money {
	const differences = Object.keys(now).map(
		(kind) => [kind, (now[kind] ?? 0) - (before[kind] ?? 0)] as const,
	);
	return Object.fromEntries(differences.filter(([, difference]) => difference !== 0));
}

function run(name: string, item: Record<string, string> & { order: string; amount: string }) {
	const [resource = '', operation = ''] = operationOf(name).split('.');
	const row = STRIPE_RESOURCES.find(({ value }) => value === resource)?.operations.find(
		({ value }) => value === operation,
	);
	const keySource = row?.kind === 'write' && row.class === 'terminal' ? 'object' : 'fields';
	const own: INodeParameters = { amount: '', paymentMethod: '', ...SAMPLES.get(name)!.parameters };
	return registry.fixture.run([item], {
		parameters: { resource, operation, keySource, ...own },
		credential: { secretKey: SECRET_KEY },
	});
}
