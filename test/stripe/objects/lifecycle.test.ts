import { determineStanding } from '../../../stripe/objects/lifecycle';

it.each([
	['invoice', 'pay', { status: 'paid' }, {}, 'as_asked'],
	['invoice', 'pay', { status: 'paid', amount_paid: 5, amount_paid_off_stripe: 5 }, {}, 'otherwise'],
	[
		...(['invoice', 'pay', { status: 'paid', amount_paid: 5, amount_paid_off_stripe: 0 }] as const),
		{ paid_out_of_band: 'true' },
		'otherwise',
	],
	['invoice', 'pay', { status: 'void' }, {}, 'otherwise'],
	['invoice', 'pay', { status: 'open' }, {}, 'open'],
	['invoice', 'finalize', { status: 'paid' }, {}, 'as_asked'],
	['invoice', 'finalize', { status: 'void' }, {}, 'otherwise'],
	['invoice', 'delete', { deleted: true }, {}, 'as_asked'],
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
	['payment_method', 'detach', { customer: null }, {}, 'as_asked'],
	['payment_method', 'detach', { customer: 'cus_1' }, {}, 'open'],
	['payout', 'reverse', { status: 'paid', reversed_by: 'po_2' }, {}, 'as_asked'],
	['dispute', 'close', { status: 'won' }, {}, 'otherwise'],
	['quote', 'accept', { status: 'open' }, {}, 'open'],
	['unknown_kind', 'toString', { status: 'x' }, {}, 'open'],
])('%s: %s of %j, asked for with %j, stands %s', (kind, action, fields, params, standing) => {
	expect(determineStanding({ id: 'x_1', object: kind, ...fields }, action, params)).toBe(standing);
});
