import type { INodeParameters, INodeProperties } from 'n8n-workflow';
import type Stripe from 'stripe';

import { STRIPE_RESOURCES } from '../../../../nodes/StripeIdempotent/operations';
import { refusalOf } from '../../../simulator/client';
import { FOREIGN_BANK_ACCOUNT } from '../../../simulator/resources/payouts';
import { ageLedger } from '../../fixtures/lostLedger';
import { OrdersFixture, SECRET_KEY, toLocator, withCustomKey } from '../../fixtures/ordersFixture';

/**
 * What surprises people about Stripe, and what the node makes of it; beside the files of the operations, where such a trap
 * belongs to what an operation does anyway.
 */
let fixture: OrdersFixture;
let stripe: Stripe;
let customer: string;
// Of its own for each: some let months pass.
beforeEach(async () => {
	fixture = await OrdersFixture.open();
	stripe = fixture.stripe;
	const card = 'pm_card_visa';
	const settings = { payment_method: card, invoice_settings: { default_payment_method: card } };
	customer = (await stripe.customers.create(settings)).id;
});
afterEach(() => fixture.close());

const DAY_MS = 86_400_000;
const id = (value: string) => toLocator('id', value);
const rows = (...row: INodeParameters[]) => ({ row });

let lastKey = 0;

async function run(name: string, parameters: INodeParameters) {
	fixture.forgetRequests();
	const [resource = '', operation = ''] = name.split('.');
	const key = withCustomKey(`decision ${(lastKey += 1)}`);
	const node = { resource, operation, simplify: false, ...key, ...parameters };
	const { success, fix } = await fixture.run(node, [{}]);
	const writes = fixture.simulator.requests.filter(({ method }) => method !== 'GET');
	return { item: success[0], error: fix[0]?.error, writes };
}

const onTheObject = { keySource: 'object' };

async function newPrice(amount: number, interval: 'month' | 'year' = 'month'): Promise<string> {
	const recurring = { interval };
	const price = { currency: 'eur', unit_amount: amount, product_data: { name: 'Plan' }, recurring };
	return (await stripe.prices.create(price)).id;
}

async function subscribe(more: Partial<Stripe.SubscriptionCreateParams> = {}): Promise<Stripe.Subscription> {
	const price = await newPrice(1000);
	return stripe.subscriptions.create({ customer, items: [{ price, quantity: 25 }], ...more });
}

async function newOpenInvoice(more: Partial<Stripe.InvoiceCreateParams> = {}): Promise<string> {
	const invoice = await stripe.invoices.create({ customer, currency: 'eur', ...more });
	await stripe.invoices.addLines(invoice.id, { lines: [{ amount: 5000, description: 'Work' }] });
	await stripe.invoices.finalizeInvoice(invoice.id, { auto_advance: more.auto_advance ?? false });
	return invoice.id;
}

describe('a subscription', () => {
	it('that is already cancelled cannot be cancelled again; the node reports success', async () => {
		const { id: of } = await subscribe();
		await stripe.subscriptions.cancel(of);
		expect(await refusalOf(stripe.subscriptions.cancel(of))).toMatchObject({ statusCode: 404 });
		const cancel = { subscription: id(of), when: 'now', ...onTheObject };
		const { item, writes } = await run('subscription.cancel', cancel);
		expect(item).toMatchObject({ status: 'canceled', idempotency: { alreadyDone: true } });
		expect(writes).toEqual([]);
	});

	it('that is cancelled now stops the collection of all open invoices of its customer', async () => {
		const { id: of } = await subscribe();
		const invoice = await newOpenInvoice({ auto_advance: true });
		await run('subscription.cancel', { subscription: id(of), when: 'now' });
		expect(await stripe.invoices.retrieve(invoice)).toMatchObject({
			status: 'open',
			auto_advance: false,
		});
		const { description } = propertyOf('subscription.cancel', 'when');
		expect(description).toContain('stops collecting all finalized invoices of the customer');
		expect(description).toContain('dropped unless Prorate or Invoice Now is on');
	});

	it.each([
		['as the ledger has it', true],
		['even if the ledger stores no parameters', false],
	])(
		'whose plan was changed, the response lost, and the seats then changed in the portal, is not sent again: %s',
		async (_where, storeParameters) => {
			await ageLedger(fixture);
			const { id: of, items } = await subscribe();
			const pro = await newPrice(3000);
			const change = {
				resource: 'subscription',
				operation: 'changePlan',
				simplify: false,
				subscription: id(of),
				price: id(pro),
				quantity: '',
				changeWhen: 'none',
				...withCustomKey('upgrade'),
				options: { maxRetries: 0, storeParameters },
			};
			fixture.simulator.inject({ kind: 'resetAfter', match: { method: 'POST' } });
			expect((await fixture.run(change, [{}])).retry).toHaveLength(1);
			await stripe.subscriptions.update(of, { items: [{ id: items.data[0]!.id, quantity: 30 }] });
			const again = await fixture.run(change, [{}]);
			expect(again.fix).toEqual([]);
			expect(again.success).toMatchObject([
				{ id: of, idempotency: { state: 'succeeded', attempt: 1 } },
			]);
			const sends = fixture.simulator.sends().filter(({ key }) => key?.startsWith('n8n_'));
			expect(sends).toMatchObject([{ params: { items: [{ price: pro, quantity: '25' }] } }]);
			// What somebody has changed since stays as they have changed it.
			expect((await stripe.subscriptions.retrieve(of)).items.data).toMatchObject([
				{ quantity: 30, price: { id: pro } },
			]);
		},
	);

	it('that was to end with its period, was kept, and is to end months later, is cancelled again', async () => {
		const { id: of } = await subscribe();
		const parametersAt = (at: string) => ({
			subscription: id(of),
			when: 'periodEnd',
			...withCustomKey(at),
		});
		const isEnding = async () => (await stripe.subscriptions.retrieve(of)).cancel_at !== null;
		await run('subscription.cancel', parametersAt('request of May'));
		expect(await isEnding()).toBe(true);
		await run('subscription.undoCancellation', { subscription: id(of) });
		expect(await isEnding()).toBe(false);
		fixture.simulator.advance(90 * DAY_MS);
		const { item, writes } = await run('subscription.cancel', parametersAt('request of August'));
		expect(item).toMatchObject({ status: 'active', idempotency: { replayed: false, sends: 1 } });
		expect(writes).toHaveLength(1);
		expect(await isEnding()).toBe(true);
		// Its ID alone does not say which of the two is meant.
		const { error } = await run('subscription.cancel', { ...parametersAt(''), ...onTheObject });
		expect(error).toMatchObject({ outcome: 'missing_key' });
	});

	it('with a schedule cannot be paused', async () => {
		const { id: of } = await subscribe();
		await stripe.subscriptionSchedules.create({ from_subscription: of });
		const whole = { whatStops: 'subscription', unusedTimeFrom: 'none' };
		const pause = { ...whole, subscription: id(of), invoicingBehavior: 'pending_invoice_item' };
		expect((await run('subscription.pause', pause)).error).toMatchObject({
			outcome: 'rejected',
			message: expect.stringContaining('with a schedule cannot be paused') as string,
		});
	});

	it('that is billed by sent invoices cannot be resumed', async () => {
		const { id: of } = await subscribe({ collection_method: 'send_invoice', days_until_due: 14 });
		await stripe.subscriptions.pause(of, { type: 'subscription' });
		const resume = { subscription: id(of), whatStops: 'subscription' };
		expect((await run('subscription.resume', resume)).error).toMatchObject({
			outcome: 'rejected',
			message: expect.stringContaining("'charge_automatically' can be resumed") as string,
		});
	});

	it('that is billed by sent invoices has no change that waits for its payment', async () => {
		const { id: of } = await subscribe({ collection_method: 'send_invoice', days_until_due: 14 });
		const { error } = await run('subscription.changePlan', {
			subscription: id(of),
			price: id(await newPrice(3000)),
			quantity: '',
			changeWhen: 'always_invoice',
			additionalFields: { paymentBehavior: 'pending_if_incomplete' },
		});
		expect(error).toMatchObject({ outcome: 'rejected' });
	});

	it.each<[string, INodeParameters, { pending: number; billed: boolean }]>([
		['loses prorated amounts', {}, { pending: 0, billed: false }],
		['keeps it with Prorate', { prorate: true }, { pending: 2, billed: false }],
		['bills it with Invoice Now', { invoiceNow: true }, { pending: 0, billed: true }],
	])('that is cancelled now %s', async (_what, choice, { pending, billed }) => {
		const { id: of, items, latest_invoice: first } = await subscribe();
		const [item] = items.data;
		await stripe.subscriptions.update(of, { items: [{ id: item!.id, quantity: 30 }] });
		const waiting = async () => (await stripe.invoiceItems.list({ customer, pending: true })).data.length;
		expect(await waiting()).toBeGreaterThan(0);
		const { item: canceled } = await run('subscription.cancel', {
			subscription: id(of),
			when: 'now',
			...choice,
		});
		expect(canceled?.status).toBe('canceled');
		expect((await waiting()) > 0).toBe(pending > 0);
		expect(canceled?.latest_invoice !== first).toBe(billed);
	});

	it('that resumes only when it is paid stays paused until then', async () => {
		const { id: of } = await subscribe();
		const unpaid = { unused_time_from: { type: 'none' } } as const;
		await stripe.subscriptions.pause(of, { type: 'subscription', bill_for: unpaid });
		fixture.simulator.setDeclines(customer, true);
		const { item } = await run('subscription.resume', {
			subscription: id(of),
			whatStops: 'subscription',
			additionalFields: { paymentBehavior: 'resume_on_payment_success' },
		});
		expect(item).toMatchObject({ status: 'paused', idempotency: { state: 'succeeded' } });
		fixture.simulator.setDeclines(customer, false);
		await stripe.invoices.pay(item!.latest_invoice as string);
		expect((await stripe.subscriptions.retrieve(of)).status).toBe('active');
	});

	it('is billed from the end of a new trial on', async () => {
		const { id: of, billing_cycle_anchor: before } = await subscribe();
		const trialEnd = new Date((before + 90 * 86_400) * 1000).toISOString();
		const { item } = await run('subscription.update', {
			subscription: id(of),
			additionalFields: { trialEnd },
		});
		expect(item).toMatchObject({ status: 'trialing', billing_cycle_anchor: before + 90 * 86_400 });
	});

	it('is charged at once for another interval, also without proration', async () => {
		const { id: of } = await subscribe();
		const charges = fixture.charges();
		const price = id(await newPrice(9000, 'year'));
		const change = { subscription: id(of), price, quantity: '', changeWhen: 'none' };
		await run('subscription.changePlan', change);
		expect(fixture.charges()).toBe(charges + 1);
	});

	it('loses the discounts that an update omits', async () => {
		const [first, second] = [
			await stripe.coupons.create({ percent_off: 10, duration: 'forever' }),
			await stripe.coupons.create({ percent_off: 20, duration: 'forever' }),
		];
		const { id: of } = await subscribe({ discounts: [{ coupon: first.id }] });
		const discounts = rows({ coupon: id(second.id) });
		const { item } = await run('subscription.update', {
			subscription: id(of),
			additionalFields: { discounts },
		});
		expect(item?.discounts).toHaveLength(1);
	});

	it('links the invoice of every renewal to its order', async () => {
		const price = await newPrice(1000);
		const { item } = await run('subscription.create', {
			customer: id(customer),
			items: rows({ price: id(price), quantity: 1 }),
			collectionMethod: 'charge_automatically',
			ifAlreadySubscribed: 'refuse',
		});
		fixture.simulator.advance(32 * DAY_MS);
		const { data } = await stripe.invoices.list({ subscription: item!.id as string });
		expect(data.length).toBeGreaterThan(1);
		for (const { parent } of data)
			expect(parent?.subscription_details?.metadata).toEqual({ n8n_entry: item!.idempotency.entryId });
	});

	it('ends when its schedule is cancelled', async () => {
		const { id: of } = await subscribe();
		const schedule = await stripe.subscriptionSchedules.create({ from_subscription: of });
		const cancel = { subscriptionSchedule: id(schedule.id) };
		// Stripe invoices and credits what is open unless both are off.
		const off = { additionalFields: { invoiceNow: false, prorate: false } };
		const { writes } = await run('subscriptionSchedule.cancel', { ...cancel, ...off });
		expect(writes).toMatchObject([{ params: { invoice_now: 'false', prorate: 'false' } }]);
		expect((await stripe.subscriptions.retrieve(of)).status).toBe('canceled');
	});

	it('ends with its customer', async () => {
		const { id: of } = await subscribe();
		await run('customer.delete', { customer: id(customer), yesDelete: true });
		expect((await stripe.subscriptions.retrieve(of)).status).toBe('canceled');
	});
});

describe('an invoice', () => {
	it('that Stripe has collected already is refused; the node reports it as paid', async () => {
		const invoice = await newOpenInvoice();
		await stripe.invoices.pay(invoice);
		expect(await refusalOf(stripe.invoices.pay(invoice))).toMatchObject({
			statusCode: 400,
			message: 'Invoice is already paid',
		});
		const pay = { invoice: id(invoice), paidOutsideStripe: false, ...onTheObject };
		const { item, writes } = await run('invoice.pay', pay);
		expect(item).toMatchObject({ status: 'paid', idempotency: { alreadyDone: true } });
		expect(writes).toEqual([]);
	});

	it('that was voided is not paid, and not reported as paid', async () => {
		const invoice = await newOpenInvoice();
		await stripe.invoices.voidInvoice(invoice);
		const pay = { invoice: id(invoice), paidOutsideStripe: false, ...onTheObject };
		const { error, writes } = await run('invoice.pay', pay);
		expect(error).toMatchObject({ outcome: 'conflict' });
		expect(writes).toEqual([]);
	});

	it('that is declined may be charged days later, with no advice to create a second payment', async () => {
		const invoice = await newOpenInvoice({ auto_advance: true });
		fixture.simulator.setDeclines(customer, true);
		const pay = { invoice: id(invoice), paidOutsideStripe: false };
		const { error } = await run('invoice.pay', pay);
		expect(error).toMatchObject({ outcome: 'rejected', statusCode: 402 });
		expect(error?.nextStep).not.toMatch(/new payment|another payment|payment intent|create/i);
		// Also when Stripe collects for the first time.
		fixture.simulator.advance(DAY_MS);
		fixture.simulator.setDeclines(customer, false);
		expect((await stripe.invoices.retrieve(invoice)).status).toBe('open');
		fixture.simulator.advance(4 * DAY_MS);
		expect((await stripe.invoices.retrieve(invoice)).status).toBe('paid');
	});

	it('stays a draft unless Auto Advance is on', async () => {
		const create = { customer: id(customer), collectionMethod: 'charge_automatically' };
		const drafts = ['exclude', 'include'].map((pendingItems) => ({ ...create, pendingItems }));
		const { item } = await run('invoice.create', drafts[0]!);
		const going = { ...drafts[1]!, additionalFields: { autoAdvance: true } };
		const { item: goesOn } = await run('invoice.create', going);
		fixture.simulator.advance(DAY_MS);
		expect((await stripe.invoices.retrieve(item!.id as string)).status).toBe('draft');
		expect((await stripe.invoices.retrieve(goesOn!.id as string)).status).not.toBe('draft');
	});

	it('that is charged automatically cannot be sent', async () => {
		const { error } = await run('invoice.send', { invoice: id(await newOpenInvoice()) });
		expect(error).toMatchObject({ outcome: 'rejected', statusCode: 400 });
	});

	it('that is finalized accepts no more lines', async () => {
		const lines = rows({ description: 'Late', amount: '5' });
		const late = { invoice: id(await newOpenInvoice()), lines, amountUnit: 'minor' };
		expect((await run('invoice.addLines', late)).error).toMatchObject({ outcome: 'rejected' });
	});
});

describe('a draft whose lines were sent without a response', () => {
	it.each(['resetAfter', 'resetBefore'] as const)(
		'gets them once, even long after Stripe has forgotten the key, whatever else is on it: %s',
		async (kind) => {
			const { id: of } = await stripe.invoices.create({ customer, currency: 'eur' });
			await stripe.invoices.addLines(of, { lines: [{ amount: 5000, description: 'Work' }] });
			const lines = rows({ description: 'Hours', amount: '1250' });
			const add = {
				resource: 'invoice',
				operation: 'addLines',
				invoice: id(of),
				lines,
				amountUnit: 'minor',
				...withCustomKey('hours of November'),
				options: { maxRetries: 0 },
			};
			fixture.simulator.inject({ kind, match: { method: 'POST' } });
			expect((await fixture.run(add, [{}])).retry).toHaveLength(1);
			fixture.simulator.advance(4 * DAY_MS);
			expect((await fixture.run(add, [{}])).success).toHaveLength(1);
			expect(await stripe.invoices.retrieve(of)).toMatchObject({ total: 6250 });
		},
	);
});

describe('an invoice that Stripe cannot finalize', () => {
	const untaxable = { automatic_tax: { enabled: true }, auto_advance: true } as const;

	it('stays an unpaid draft, and the node states the reason', async () => {
		const { id: of } = await stripe.invoices.create({ customer, currency: 'eur', ...untaxable });
		await stripe.invoices.addLines(of, { lines: [{ amount: 5000, description: 'Work' }] });
		fixture.simulator.advance(DAY_MS);
		const { data } = await stripe.events.list({ type: 'invoice.finalization_failed' });
		expect(data).toHaveLength(1);
		const get = { resource: 'invoice', operation: 'get', invoice: id(of) };
		const { items, hints } = await fixture.run(get, [{}]);
		expect(items[0]![0]!.json).toMatchObject({ status: 'draft' });
		expect(hints('Node').map(({ message }) => message)).toEqual([
			expect.stringContaining(`${of} could not be finalized`) as string,
		]);
		expect((await run('invoice.finalize', { invoice: id(of), ...onTheObject })).error).toMatchObject({
			outcome: 'rejected',
			code: 'customer_tax_location_invalid',
		});
	});

	it('is finalized, and no longer reported, once that is corrected', async () => {
		const { id: of } = await stripe.invoices.create({ customer, currency: 'eur', ...untaxable });
		await stripe.invoices.addLines(of, { lines: [{ amount: 5000, description: 'Work' }] });
		fixture.simulator.advance(DAY_MS);
		await stripe.customers.update(customer, { address: { country: 'DE' } });
		// The node hears that a day has passed.
		await run('invoice.get', { invoice: id(of) });
		const { item } = await run('invoice.finalize', { invoice: id(of), ...onTheObject });
		expect(item).toMatchObject({ status: 'open', last_finalization_error: null });
	});
});

describe('what a customer pays on a Stripe page', () => {
	const lineItems = rows({ amount: '1999', amountUnit: 'minor', currency: 'EUR', productName: 'Order' });

	async function browse(path: string): Promise<Record<string, unknown>> {
		const headers = { authorization: `Bearer ${SECRET_KEY}` };
		const answer = await fetch(`${fixture.simulator.url}${path}`, { headers });
		return (await answer.json()) as Record<string, unknown>;
	}

	/** Two customers open a link, and then both want to pay. */
	async function payTwice(onePaymentOnly: boolean) {
		const { item: link } = await run('paymentLink.create', { lineItems, onePaymentOnly });
		const opened = [
			await browse(`/buy/${link!.id as string}`),
			await browse(`/buy/${link!.id as string}`),
		];
		const paid = [];
		for (const session of opened) paid.push(await browse(`/c/pay/${session.id as string}`));
		return { link: link!, opened, paid };
	}

	it('by a link is paid once: the second customer finds it closed', async () => {
		const { paid, link } = await payTwice(true);
		expect(paid).toMatchObject([
			{ payment_status: 'paid' },
			{ error: { code: 'payment_link_inactive' } },
		]);
		expect(fixture.charges()).toBe(1);
		const { item } = await run('paymentLink.get', { paymentLink: id(link.id as string) });
		expect(item).toMatchObject({ active: false });
	});

	it('by a link without One Payment Only is paid any number of times', async () => {
		const { paid } = await payTwice(false);
		expect(paid).toMatchObject([{ payment_status: 'paid' }, { payment_status: 'paid' }]);
		expect(fixture.charges()).toBe(2);
	});

	it('by a link names the link in every session, and none of them is taken for a different request', async () => {
		const { link, opened } = await payTwice(false);
		for (const { metadata } of opened)
			expect(metadata).toMatchObject({ n8n_entry: link.idempotency.entryId });
		// The session of another decision, whose answer is lost and whose key Stripe has forgotten.
		fixture.simulator.inject({ kind: 'resetBefore', times: 9, match: { method: 'POST' } });
		const session = { lineItems, mode: 'payment', successUrl: 'https://example.com' };
		const create = { resource: 'checkoutSession', operation: 'create', simplify: false, ...session };
		const decision = { ...create, ...withCustomKey('lost'), options: { maxRetries: 0 } };
		expect((await fixture.run(decision, [{}])).retry).toHaveLength(1);
		fixture.simulator.clearFaults();
		fixture.simulator.advance(4 * DAY_MS);
		const [made] = (await fixture.run(decision, [{}])).success;
		expect(opened.map(({ id: of }) => of)).not.toContain(made?.id);
		expect(made).toMatchObject({ status: 'open', payment_link: null });
	});

	it('with a bank debit is complete, and unpaid for days', async () => {
		const create = { lineItems, mode: 'payment', successUrl: 'https://example.com' };
		const { item } = await run('checkoutSession.create', create);
		await browse(`/c/pay/${item!.id as string}?payment_method=pm_usBankAccount_success`);
		const get = {
			resource: 'checkoutSession',
			operation: 'get',
			checkoutSession: id(item!.id as string),
		};
		const { success } = await fixture.run(get, [{}]);
		expect(success[0]).toMatchObject({ status: 'complete', payment_status: 'unpaid' });
		fixture.simulator.advance(7 * DAY_MS);
		const later = await fixture.run(get, [{}]);
		expect(later.success[0]).toMatchObject({ payment_status: 'paid' });
	});
});

describe('an invoice with 250 lines', () => {
	it('accepts no other item', async () => {
		const { id: of } = await stripe.invoices.create({ customer, currency: 'eur' });
		const lines = Array.from({ length: 250 }, () => ({ amount: 100, description: 'Hour' }));
		await stripe.invoices.addLines(of, { lines });
		const charge = { chargeBy: 'amount', amount: '100', amountUnit: 'minor', currency: 'eur' };
		const more = { customer: id(customer), invoice: id(of), ...charge };
		expect((await run('invoiceItem.create', more)).error).toMatchObject({ outcome: 'rejected' });
	});
});

describe('an invoice item without an invoice', () => {
	it('stays pending, and the next renewal of a subscription includes it', async () => {
		const { id: of } = await subscribe();
		const charge = { chargeBy: 'amount', amount: '700', amountUnit: 'minor', currency: 'eur' };
		const { item } = await run('invoiceItem.create', { customer: id(customer), ...charge });
		expect(item).toMatchObject({ invoice: null });
		fixture.simulator.advance(32 * DAY_MS);
		const [newest] = (await stripe.invoices.list({ subscription: of })).data;
		expect(newest).toMatchObject({ billing_reason: 'subscription_cycle', total: 25_700 });
	});
});

describe('a custom ID', () => {
	it('may have a hyphen, and is found and deleted by it', async () => {
		const coupon = { discountBy: 'percent', percentOff: 5, duration: 'once' };
		await run('coupon.create', { ...coupon, additionalFields: { id: 'SUMMER-25' } });
		expect((await run('coupon.get', { coupon: id('SUMMER-25') })).item).toMatchObject({
			id: 'SUMMER-25',
		});
		const gone = await run('coupon.delete', { coupon: id('SUMMER-25'), ...onTheObject });
		expect(gone.item).toMatchObject({ deleted: true });
	});
});

describe('evidence of a dispute', () => {
	it('is not submitted to the bank by default: Stripe would submit it', async () => {
		const { writes } = await run('dispute.update', {
			dispute: id('dp_1'),
			evidence: { customerName: 'Ada' },
			submitNow: false,
		});
		expect(writes[0]?.params).toMatchObject({ submit: 'false' });
	});
});

describe('a payout to a bank outside the US and Canada', () => {
	it('cannot be reversed, and the operation reports it', async () => {
		await stripe.charges.create({ amount: 5000, currency: 'usd', source: 'tok_visa' });
		const { id: payout } = await stripe.payouts.create({
			amount: 500,
			currency: 'usd',
			destination: FOREIGN_BANK_ACCOUNT,
		});
		fixture.simulator.advance(2 * DAY_MS);
		const { error } = await run('payout.reverse', { payout: id(payout), ...onTheObject });
		expect(error).toMatchObject({ outcome: 'rejected', code: 'payouts_not_allowed' });
		expect(describeOperation('payout.reverse')).toContain('bank in the US or Canada');
	});
});

describe('an email that Stripe sends', () => {
	it('is sent in live mode only, and the operation states it', async () => {
		expect(describeOperation('invoice.send')).toContain('in test mode no email is sent');
		const invoice = await newOpenInvoice({ collection_method: 'send_invoice', days_until_due: 30 });
		expect((await run('invoice.send', { invoice: id(invoice) })).item).toMatchObject({ status: 'open' });
	});
});

describe('Off Session', () => {
	it.each(['create', 'update', 'changePlan'])(
		'of a subscription is on once it is added, because Stripe assumes that the customer is present: %s',
		(operation) => {
			const fields = propertyOf(`subscription.${operation}`, 'additionalFields').options;
			const offSession = { name: 'offSession', type: 'boolean', default: true };
			expect(fields).toContainEqual(expect.objectContaining(offSession));
		},
	);
});

describe('usage', () => {
	it('may be negative: it subtracts what was reported', async () => {
		await stripe.billing.meters.create({
			display_name: 'Calls',
			event_name: 'api_calls',
			default_aggregation: { formula: 'sum' },
		});
		const usage = { eventName: toLocator('name', 'api_calls'), customer: id(customer), value: '-25' };
		const { item, writes } = await run('meterEvent.create', usage);
		expect(writes[0]?.params).toMatchObject({ payload: { value: '-25' } });
		expect(item).toMatchObject({ payload: { value: '-25' } });
	});
});

function findOperation(name: string) {
	const [resource, operation] = name.split('.');
	const row = STRIPE_RESOURCES.find(({ value }) => value === resource)?.operations.find(
		({ value }) => value === operation,
	);
	return row!;
}

function describeOperation(name: string): string {
	return findOperation(name).description;
}

function propertyOf(name: string, property: string): INodeProperties {
	return findOperation(name).properties.find((one) => one.name === property)!;
}
