import type { Entry } from '../../../ledger/model/entry';
import type { Params } from '../../../ledger/model/request';
import {
	confirmsAction,
	determineEffect,
	determineTargetState,
	isInEffect,
	readDecline,
} from '../../../stripe/objects/lifecycle';

it.each([
	['invoice', 'pay', { status: 'paid' }, {}, 'as_asked'],
	['invoice', 'pay', { status: 'paid', amount_paid: 5, amount_paid_off_stripe: 5 }, {}, 'otherwise'],
	[
		...(['invoice', 'pay', { status: 'paid', amount_paid: 5, amount_paid_off_stripe: 0 }] as const),
		{ paid_out_of_band: 'true' },
		'otherwise',
	],
	[
		...(['invoice', 'pay', { status: 'paid', amount_paid: 5, amount_paid_off_stripe: 5 }] as const),
		{ paid_out_of_band: 'true' },
		'as_asked',
	],
	[
		...(['invoice', 'pay', { status: 'paid', amount_paid: 0, amount_paid_off_stripe: 0 }] as const),
		{ paid_out_of_band: 'true' },
		'as_asked',
	],
	['invoice', 'pay', { status: 'void' }, {}, 'otherwise'],
	['invoice', 'finalize', { status: 'uncollectible' }, {}, 'otherwise'],
	['invoice', 'finalize', { status: 'draft' }, {}, 'open'],
	['invoice', 'void', { status: 'void' }, {}, 'as_asked'],
	['invoice', 'void', { status: 'paid' }, {}, 'otherwise'],
	['payment_intent', 'confirm', { status: 'processing' }, {}, 'as_asked'],
	['payment_intent', 'confirm', { status: 'requires_action' }, {}, 'open'],
	['payment_intent', 'cancel', { status: 'canceled' }, {}, 'as_asked'],
	['payment_intent', 'cancel', { status: 'succeeded' }, {}, 'otherwise'],
	['payment_intent', 'capture', { status: 'canceled' }, {}, 'otherwise'],
	['setup_intent', 'confirm', { status: 'succeeded' }, {}, 'as_asked'],
	['setup_intent', 'confirm', { status: 'processing' }, {}, 'as_asked'],
	['setup_intent', 'cancel', { status: 'canceled' }, {}, 'as_asked'],
	['setup_intent', 'cancel', { status: 'succeeded' }, {}, 'otherwise'],
	['refund', 'cancel', { status: 'canceled' }, {}, 'as_asked'],
	['refund', 'cancel', { status: 'succeeded' }, {}, 'otherwise'],
	['refund', 'cancel', { status: 'failed' }, {}, 'otherwise'],
	['subscription', 'pause', { status: 'paused' }, {}, 'as_asked'],
	['subscription', 'resume', { status: 'active' }, {}, 'as_asked'],
	['invoice', 'pay', { status: 'open' }, {}, 'open'],
	['invoice', 'finalize', { status: 'paid' }, {}, 'as_asked'],
	['invoice', 'finalize', { status: 'void' }, {}, 'otherwise'],
	['invoice', 'delete', { deleted: true }, {}, 'as_asked'],
	['invoice', 'delete', { status: 'draft' }, {}, 'open'],
	['invoice', 'delete', { status: 'open' }, {}, 'otherwise'],
	['invoice', 'delete', { status: 'void' }, {}, 'otherwise'],
	['invoice', 'pay', { deleted: true }, {}, 'otherwise'],
	['subscription', 'delete', { status: 'canceled' }, {}, 'as_asked'],
	['subscription', 'delete', { status: 'incomplete_expired' }, {}, 'otherwise'],
	['subscription', 'delete', { status: 'active' }, {}, 'open'],
	['payment_intent', 'capture', { status: 'succeeded', amount: 9, amount_received: 9 }, {}, 'as_asked'],
	['payment_intent', 'capture', { status: 'succeeded', amount: 9, amount_received: 5 }, {}, 'otherwise'],
	[
		...(['payment_intent', 'capture', { status: 'succeeded', amount: 9, amount_received: 5 }] as const),
		{ amount_to_capture: '5' },
		'as_asked',
	],
	[
		...(['payment_intent', 'capture', { status: 'succeeded', amount: 9, amount_received: 5 }] as const),
		{ amount_to_capture: '4' },
		'otherwise',
	],
	['payment_method', 'detach', { customer: null }, {}, 'as_asked'],
	['payment_method', 'detach', { customer: 'cus_1' }, {}, 'open'],
	['payout', 'reverse', { status: 'paid', reversed_by: 'po_2' }, {}, 'as_asked'],
	['dispute', 'close', { status: 'won' }, {}, 'otherwise'],
	['quote', 'accept', { status: 'open' }, {}, 'open'],
	['payment_method', 'attach', { customer: 'cus_1' }, { customer: 'cus_1' }, 'as_asked'],
	['payment_method', 'attach', { customer: 'cus_2' }, { customer: 'cus_1' }, 'open'],
	['payment_method', 'attach', { customer: null }, {}, 'open'],
	['invoice', 'mark_uncollectible', { status: 'uncollectible' }, {}, 'as_asked'],
	['credit_note', 'void', { status: 'void' }, {}, 'as_asked'],
	['subscription_schedule', 'cancel', { status: 'canceled' }, {}, 'as_asked'],
	['subscription_schedule', 'cancel', { status: 'released' }, {}, 'otherwise'],
	['subscription_schedule', 'cancel', { status: 'completed' }, {}, 'otherwise'],
	['subscription_schedule', 'release', { status: 'released' }, {}, 'as_asked'],
	['subscription_schedule', 'release', { status: 'canceled' }, {}, 'otherwise'],
	['subscription_schedule', 'release', { status: 'completed' }, {}, 'otherwise'],
	['payout', 'cancel', { status: 'canceled' }, {}, 'as_asked'],
	['payout', 'cancel', { status: 'paid' }, {}, 'otherwise'],
	['payout', 'cancel', { status: 'failed' }, {}, 'otherwise'],
	['payout', 'reverse', { status: 'failed', reversed_by: null }, {}, 'otherwise'],
	['topup', 'cancel', { status: 'canceled' }, {}, 'as_asked'],
	['topup', 'cancel', { status: 'succeeded' }, {}, 'otherwise'],
	['topup', 'cancel', { status: 'failed' }, {}, 'otherwise'],
	['topup', 'cancel', { status: 'reversed' }, {}, 'otherwise'],
	['dispute', 'close', { status: 'lost' }, {}, 'as_asked'],
	['dispute', 'close', { status: 'prevented' }, {}, 'otherwise'],
	['quote', 'finalize', { status: 'open' }, {}, 'as_asked'],
	['quote', 'finalize', { status: 'accepted' }, {}, 'as_asked'],
	['quote', 'finalize', { status: 'draft' }, {}, 'open'],
	['quote', 'finalize', { status: 'canceled' }, {}, 'otherwise'],
	['charge', 'capture', { captured: true, amount: 9, amount_captured: 9 }, {}, 'as_asked'],
	['charge', 'capture', { captured: true, amount: 9, amount_captured: 5 }, {}, 'otherwise'],
	['charge', 'capture', { captured: false, refunded: true }, {}, 'otherwise'],
	['charge', 'capture', { captured: false, refunded: false }, {}, 'open'],
	['quote', 'cancel', { status: 'accepted' }, {}, 'otherwise'],
	['checkout.session', 'expire', { status: 'expired' }, {}, 'as_asked'],
	['checkout.session', 'expire', { status: 'complete' }, {}, 'otherwise'],
	['payment_intent', 'confirm', { status: 'succeeded' }, {}, 'as_asked'],
	['payment_intent', 'confirm', { status: 'requires_capture' }, {}, 'as_asked'],
	['payment_intent', 'increment_authorization', { amount: 7 }, { amount: '7' }, 'as_asked'],
	['payment_intent', 'increment_authorization', { amount: 5 }, { amount: '7' }, 'open'],
	['payment_intent', 'increment_authorization', { status: 'succeeded' }, { amount: '7' }, 'otherwise'],
	['payment_intent', 'increment_authorization', { status: 'canceled' }, { amount: '7' }, 'otherwise'],
	['invoice', 'finalize', { status: 'open' }, {}, 'as_asked'],
	['payout', 'reverse', { status: 'canceled' }, {}, 'otherwise'],
	['payout', 'reverse', { status: 'paid' }, {}, 'open'],
	['dispute', 'close', { status: 'warning_closed' }, {}, 'otherwise'],
	['dispute', 'close', { status: 'needs_response' }, {}, 'open'],
	['quote', 'accept', { status: 'accepted' }, {}, 'as_asked'],
	['quote', 'accept', { status: 'canceled' }, {}, 'otherwise'],
	['quote', 'cancel', { status: 'canceled' }, {}, 'as_asked'],
	['quote', 'cancel', { status: 'open' }, {}, 'open'],
	['billing.meter', 'deactivate', { status: 'inactive' }, {}, 'as_asked'],
	['billing.meter', 'deactivate', { status: 'active' }, {}, 'open'],
	['billing.meter', 'reactivate', { status: 'active' }, {}, 'as_asked'],
	['billing.meter', 'reactivate', { status: 'inactive' }, {}, 'open'],
	['billing.credit_grant', 'expire', { expires_at: 5, updated: 5 }, {}, 'as_asked'],
	['billing.credit_grant', 'expire', { expires_at: 6, updated: 5 }, {}, 'open'],
	['billing.credit_grant', 'expire', { expires_at: null, updated: 5 }, {}, 'open'],
	['billing.credit_grant', 'expire', { expires_at: null, voided_at: 5 }, {}, 'otherwise'],
	['billing.credit_grant', 'void', { voided_at: 5 }, {}, 'as_asked'],
	['billing.credit_grant', 'void', { voided_at: null }, {}, 'open'],
	['unknown_kind', 'toString', { status: 'x' }, {}, 'open'],
])('%s: %s of %j, requested with %j, has the state %s', (kind, action, fields, params, objectState) => {
	expect(determineTargetState({ id: 'x_1', object: kind, ...fields }, action, params)).toBe(objectState);
});

it.each([
	['invoice', 'finalize', ['open', 'paid', 'uncollectible', 'void']],
	['quote', 'finalize', ['open', 'accepted', 'canceled']],
])('%s: %s was executed, whatever has become of it: %j', (object, action, statuses) => {
	for (const status of statuses)
		expect([status, confirmsAction({ object, status }, action)]).toEqual([status, true]);
	expect(confirmsAction({ object, status: 'draft' }, action)).toBe(false);
});

it.each([
	['payment_intent', ['succeeded', 'processing', 'requires_action', 'requires_capture'], 'canceled'],
	['setup_intent', ['succeeded', 'processing', 'requires_action'], 'canceled'],
	['charge', ['succeeded', 'pending'], 'failed'],
	['refund', ['succeeded', 'pending', 'requires_action'], 'canceled'],
	['payout', ['paid', 'pending', 'in_transit'], 'failed'],
	['topup', ['succeeded', 'pending', 'reversed'], 'canceled'],
])(
	'%s: its money moves, or will, where it is one of %j, and not where it is %s',
	(object, statuses, other) => {
		for (const status of statuses)
			expect([status, isInEffect({ object, status })]).toEqual([status, true]);
		expect(isInEffect({ object, status: other })).toBe(false);
	},
);

it.each(['payment_intent', 'setup_intent'])(
	'%s: an object created to be confirmed later is complete, whatever has become of it',
	(object) => {
		const created = (params: Params) => ({ paramsStored: true, request: { params } }) as Entry;
		const shown = { id: 'x_1', object, status: 'canceled' };
		expect(determineEffect(shown, created({})).kind).toBe('executed');
		expect(determineEffect(shown, created({ confirm: 'true' })).kind).toBe('unclear');
	},
);

describe('a payment was declined', () => {
	const error = { type: 'card_error', code: 'card_declined' };
	const shown = { id: 'pi_1', object: 'payment_intent', status: 'requires_payment_method' };

	it('if it waits for a different card, with the error of the last one', () => {
		expect(readDecline({ ...shown, last_payment_error: error })).toMatchObject({ kind: 'declined' });
	});

	it.each([
		['it waits for its first card', {}],
		['its error is not that of a card', { last_payment_error: { ...error, type: 'api_error' } }],
		['it has gone on since', { last_payment_error: error, status: 'processing' }],
	])('not if %s', (_what, fields) => {
		expect(readDecline({ ...shown, ...fields })).toBeUndefined();
	});
});
