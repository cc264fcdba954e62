import type { PaymentState } from '../../../ledger/model/payment';
import { pickLater, movesMoney } from '../../../ledger/model/payment';

const reportOf = (state: PaymentState | undefined, asOf: number, moved = 0) => ({
	kind: 'payment' as const,
	object: 'pi_1',
	moved,
	notMoved: 100 - moved,
	currency: 'eur',
	asOf,
	...(state ? { state } : {}),
});

describe('of two reports of one payment', () => {
	it.each<[known: PaymentState, told: PaymentState, holds: PaymentState]>([
		['unpaid', 'processing', 'processing'],
		['processing', 'unpaid', 'unpaid'],
		['requires_action', 'paid', 'paid'],
		['authorized', 'canceled', 'canceled'],
		['refunded', 'failed', 'failed'],
		['paid_out', 'failed', 'failed'],
		['paid', 'unpaid', 'paid'],
		['paid', 'canceled', 'paid'],
		['canceled', 'processing', 'canceled'],
		['failed', 'refunded', 'failed'],
	])('%s, and later %s: %s', (known, next, holds) => {
		expect(pickLater(reportOf(known, 1), reportOf(next, 2)).state).toBe(holds);
	});

	it.each<[known: PaymentState, told: PaymentState, holds: PaymentState]>([
		['requires_action', 'paid', 'paid'],
		['pending', 'refunded', 'refunded'],
		['authorized', 'canceled', 'canceled'],
		['unpaid', 'processing', 'unpaid'],
		['authorized', 'unpaid', 'authorized'],
		['refunded', 'pending', 'refunded'],
		['failed', 'refunded', 'failed'],
	])('%s, and news of before that says %s: %s', (known, before, holds) => {
		expect(pickLater(reportOf(known, 2), reportOf(before, 1)).state).toBe(holds);
	});

	it('with the same time, the one with the later state wins in either order', () => {
		expect(pickLater(reportOf('unpaid', 1), reportOf('processing', 1)).state).toBe('processing');
		expect(pickLater(reportOf('processing', 1), reportOf('unpaid', 1)).state).toBe('processing');
	});

	it('with the same state, the newer amount wins, unless it is missing', () => {
		expect(pickLater(reportOf('authorized', 1), reportOf('authorized', 2, 40)).moved).toBe(40);
		const nameless = { ...reportOf('paid', 2), notMoved: 0 };
		expect(pickLater(reportOf('paid', 1, 100), nameless).moved).toBe(100);
	});

	it('a report without a state never wins', () => {
		expect(pickLater(reportOf('unpaid', 1), reportOf(undefined, 2)).state).toBe('unpaid');
		expect(pickLater(reportOf(undefined, 2), reportOf('unpaid', 1)).state).toBe('unpaid');
	});
});

describe('money is moved', () => {
	const post = (path: string) => movesMoney({ method: 'POST', path, params: {} });

	it.each([
		'/v1/payment_intents',
		'/v1/charges',
		'/v1/refunds',
		'/v1/payouts',
		'/v1/checkout/sessions',
		'/v1/payment_intents/pi_1/confirm',
		'/v1/payment_intents/pi_1/capture',
		'/v1/charges/ch_1/capture',
		'/v1/invoices/in_1/pay',
		'/v1/subscriptions',
		'/v1/transfers',
		'/v1/transfers/tr_1/reversals',
		'/v1/topups',
	])('by %s', (path) => {
		expect(post(path)).toBe(true);
	});

	it.each([
		'/v1/payment_intents/pi_1',
		'/v1/payment_intents/pi_1/cancel',
		'/v1/refunds/re_1/cancel',
		'/v1/customers',
		'/v1/invoices/in_1/send',
		'shipment.pay',
		'event evt_1',
	])('not by %s', (path) => {
		expect(post(path)).toBe(false);
	});

	it('by any other object if its outcome says so', () => {
		const change = { method: 'POST', path: '/v1/subscriptions/sub_1', params: {} } as const;
		expect(movesMoney(change, reportOf('paid', 1, 100))).toBe(false);
		expect(movesMoney(change, { ...reportOf('paid', 1, 100), isOwn: true })).toBe(true);
	});
});
