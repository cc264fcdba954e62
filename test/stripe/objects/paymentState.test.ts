import type { EntryState } from '../../../ledger/model/entry';
import { paymentOf, readPaymentFacts } from '../../../stripe/objects/paymentState';
import { buildEntry } from '../../ledger/entries';

type StripeObject = Record<string, unknown>;

const money = { currency: 'eur' };
const intent = (status: string, more: StripeObject = {}): StripeObject => ({
	object: 'payment_intent',
	id: 'pi_1',
	status,
	amount: 1999,
	amount_received: 0,
	...money,
	...more,
});
const charge = (status: string, more: StripeObject = {}): StripeObject => ({
	object: 'charge',
	id: 'ch_1',
	status,
	amount: 1999,
	amount_captured: 0,
	captured: false,
	...money,
	...more,
});
const invoice = (status: string, more: StripeObject = {}): StripeObject => ({
	object: 'invoice',
	id: 'in_1',
	status,
	amount_due: 1999,
	amount_paid: 0,
	...money,
	...more,
});
const subscription = (status: string, more: StripeObject = {}): StripeObject => ({
	object: 'subscription',
	id: 'sub_1',
	status,
	latest_invoice: 'in_1',
	...money,
	...more,
});
const session = (payment_status: string, status: string, more: StripeObject = {}): StripeObject => ({
	object: 'checkout.session',
	id: 'cs_1',
	payment_status,
	status,
	amount_total: 1999,
	...money,
	...more,
});
const refund = (status: string): StripeObject => ({
	object: 'refund',
	id: 're_1',
	status,
	amount: 1999,
	...money,
});
const payout = (status: string): StripeObject => ({ ...refund(status), object: 'payout', id: 'po_1' });

/** Reviewed against Stripe's documentation, row by row: what an object shows → its state, what has moved, what has not. */
const TABLE: readonly [what: string, object: StripeObject, state: string | undefined, number, number][] = [
	['an intent that succeeded', intent('succeeded', { amount_received: 1999 }), 'paid', 1999, 0],
	['one of which a part was captured', intent('succeeded', { amount_received: 600 }), 'paid', 600, 0],
	['one that waits for its capture', intent('requires_capture'), 'authorized', 0, 1999],
	[
		'one of which a part was captured, and more may be',
		intent('requires_capture', { amount_received: 500 }),
		...(['authorized', 500, 1499] as const),
	],
	['one at its bank', intent('processing'), 'processing', 0, 1999],
	['one that waits for the customer', intent('requires_action'), 'requires_action', 0, 1999],
	['one that was not confirmed', intent('requires_confirmation'), 'unpaid', 0, 1999],
	['one without a payment method', intent('requires_payment_method'), 'unpaid', 0, 1999],
	['one that was canceled', intent('canceled'), 'canceled', 0, 1999],
	['one in a state that nobody knows', intent('teleported'), undefined, 0, 1999],
	['one that does not say what was received', intent('succeeded', { amount_received: null }), 'paid', 0, 0],
	[
		'a charge that was captured',
		charge('succeeded', { captured: true, amount_captured: 1999 }),
		...(['paid', 1999, 0] as const),
	],
	['one that was not', charge('succeeded'), 'authorized', 0, 1999],
	['one that was let go', charge('succeeded', { refunded: true }), 'canceled', 0, 1999],
	['a charge at its bank', charge('pending'), 'processing', 0, 1999],
	[
		'a debit at its bank, which counts as captured',
		charge('pending', { captured: true, amount_captured: 1999 }),
		...(['processing', 0, 1999] as const),
	],
	['one that failed', charge('failed'), 'unpaid', 0, 1999],
	['an invoice that is paid', invoice('paid', { amount_paid: 1999 }), 'paid', 1999, 0],
	['one of which a part is paid', invoice('open', { amount_paid: 500 }), 'unpaid', 500, 1499],
	['a draft', invoice('draft'), 'unpaid', 0, 1999],
	['one that is given up', invoice('uncollectible'), 'unpaid', 0, 1999],
	['one that is void', invoice('void'), 'canceled', 0, 1999],
	['a subscription that is active', subscription('active'), 'paid', 0, 0],
	[
		'one whose invoice is sent',
		subscription('active', { collection_method: 'send_invoice' }),
		...(['unpaid', 0, 0] as const),
	],
	[
		'one that shows its first invoice, which is open although it is active',
		subscription('active', { latest_invoice: invoice('open') }),
		...(['unpaid', 0, 1999] as const),
	],
	[
		'one that shows its first invoice, paid',
		subscription('active', { latest_invoice: invoice('paid', { amount_paid: 1999 }) }),
		...(['paid', 1999, 0] as const),
	],
	['one that is late', subscription('past_due'), 'unpaid', 0, 0],
	['one that was given up', subscription('unpaid'), 'unpaid', 0, 0],
	['one that rests', subscription('paused'), 'unpaid', 0, 0],
	['one that ended', subscription('canceled'), 'canceled', 0, 0],
	['a subscription in its trial', subscription('trialing'), 'unpaid', 0, 0],
	['one that waits for its first payment', subscription('incomplete'), 'unpaid', 0, 0],
	['one whose first payment never came', subscription('incomplete_expired'), 'canceled', 0, 0],
	['a checkout that is paid', session('paid', 'complete'), 'paid', 1999, 0],
	['one that is open', session('unpaid', 'open'), 'unpaid', 0, 1999],
	['one that is over, and the bank is at it', session('unpaid', 'complete'), 'processing', 0, 1999],
	['one that expired', session('unpaid', 'expired'), 'canceled', 0, 1999],
	[
		'one that costs nothing',
		session('no_payment_required', 'complete', { amount_total: 0 }),
		...(['paid', 0, 0] as const),
	],
	['a refund', refund('succeeded'), 'refunded', 1999, 0],
	['a refund at its bank', refund('pending'), 'pending', 0, 1999],
	['one that waits for the customer', refund('requires_action'), 'requires_action', 0, 1999],
	['one that failed', refund('failed'), 'failed', 0, 1999],
	['one that was canceled', refund('canceled'), 'canceled', 0, 1999],
	['a payout', payout('paid'), 'paid_out', 1999, 0],
	['one that waits', payout('pending'), 'pending', 0, 1999],
	['one on its way', payout('in_transit'), 'in_transit', 0, 1999],
	['one that came back', payout('failed'), 'failed', 0, 1999],
	['one that was canceled', payout('canceled'), 'canceled', 0, 1999],
	['one that takes another back', { ...payout('paid'), original_payout: 'po_0' }, undefined, 0, 1999],
	[
		'one that takes another back, and shows all of it',
		{ ...payout('paid'), original_payout: payout('paid') },
		...([undefined, 0, 1999] as const),
	],
];

it.each(TABLE)('the state and the money of %s are read', (_what, object, state, moved, notMoved) => {
	const payment = readPaymentFacts(object);
	expect([payment?.state, payment?.moved, payment?.notMoved]).toEqual([state, moved, notMoved]);
	expect(payment?.currency).toBe('eur');
});

it.each<[string, StripeObject]>([
	['payment', intent('succeeded')],
	['payment', charge('succeeded')],
	['payment', invoice('paid')],
	['payment', subscription('active')],
	['payment', session('paid', 'complete')],
	['refund', refund('succeeded')],
	['payout', payout('paid')],
	['transfer', { object: 'transfer', id: 'tr_1', amount: 5, currency: 'eur' }],
	['transfer_reversal', { object: 'transfer_reversal', id: 'trr_1', amount: 5, currency: 'eur' }],
	['top_up', { object: 'topup', id: 'tu_1', amount: 5, status: 'pending', currency: 'eur' }],
])('is a %s: %j', (kind, object) => {
	expect(readPaymentFacts(object)?.kind).toBe(kind);
});

it.each(['customer', 'product', 'setup_intent', 'credit_note', 'list', 'account', undefined])(
	'%s is not a payment',
	(object) => {
		expect(
			readPaymentFacts({ object, id: 'x_1', status: 'succeeded', amount: 1, currency: 'eur' }),
		).toBeUndefined();
	},
);

it.each([undefined, null, '', 7])(
	'an object with %j as its ID is not a payment that can be looked up',
	(id) => {
		expect(readPaymentFacts({ ...intent('succeeded'), id })).toBeUndefined();
	},
);

it('an object that was deleted is no longer a payment', () => {
	expect(readPaymentFacts({ object: 'invoice', id: 'in_1', deleted: true })).toBeUndefined();
});

it.each<[string, StripeObject, string]>([
	['a charge belongs to its intent', charge('succeeded', { payment_intent: 'pi_1' }), 'pi_1'],
	['a charge alone is its own', charge('succeeded', { payment_intent: null }), 'ch_1'],
	[
		'an expanded intent is named by its id',
		charge('failed', { payment_intent: intent('canceled') }),
		'pi_1',
	],
	['a checkout belongs to its intent', session('paid', 'complete', { payment_intent: 'pi_1' }), 'pi_1'],
	['a checkout of a subscription to its invoice', session('paid', 'complete', { invoice: 'in_1' }), 'in_1'],
	['a subscription belongs to its invoice', subscription('active'), 'in_1'],
	[
		'an invoice belongs to the one intent that paid it',
		invoice('paid', { payments: { data: [{ payment: { payment_intent: 'pi_1' } }] } }),
		'pi_1',
	],
	['an invoice without a payment is its own', invoice('paid'), 'in_1'],
	[
		'an invoice that several have paid is its own',
		invoice('paid', {
			payments: { data: ['pi_1', 'pi_2'].map((id) => ({ payment: { payment_intent: id } })) },
		}),
		'in_1',
	],
	[
		'a subscription whose invoice was deleted belongs to it all the same',
		subscription('active', { latest_invoice: { id: 'in_1', deleted: true } }),
		'in_1',
	],
	['a refund is its own', refund('succeeded'), 're_1'],
])('one payment has several objects: %s', (_what, object, id) => {
	expect(readPaymentFacts(object)?.object).toBe(id);
});

describe('the recorded payment of an entry', () => {
	const recordedPayment = {
		kind: 'payment',
		object: 'pi_1',
		state: 'paid',
		moved: 5,
		notMoved: 0,
		currency: 'eur',
	} as const;
	const entryThat = (state: EntryState, facts: object, path = '/v1/payment_intents') =>
		buildEntry({ state, outcome: facts, request: { method: 'POST', path, params: {} } });

	it.each<[EntryState, boolean]>([
		['succeeded', true],
		['rejected', true],
		['unknown', false],
		['released', false],
	])('that is %s is the recorded one: %s', (state, isKnown) => {
		expect(paymentOf(entryThat(state, { payment: recordedPayment }))).toEqual(
			isKnown ? recordedPayment : undefined,
		);
	});

	it('is what its stored response shows, unless that is a decline or of another API', () => {
		const body = intent('succeeded', { amount_received: 1999 });
		expect(paymentOf(entryThat('succeeded', { body }))?.moved).toBe(1999);
		expect(paymentOf(entryThat('rejected', { body }))).toBeUndefined();
		expect(paymentOf(entryThat('succeeded', { body }, 'https://api.example.com/pay'))).toBeUndefined();
	});
});
