import { describeObjectState } from '../../../stripe/objects/objectState';

const OBJECT = { object: 'x', id: 'x_1', url: 'https://example.com', description: 'words' };

it.each([
	'created',
	'deleted',
	'active',
	'status',
	'currency',
	'customer',
	'customer_account',
	'destination',
	'payment_method',
	'default_payment_method',
	'amount',
	'amount_due',
	'amount_paid',
	'amount_remaining',
	'amount_received',
	'amount_capturable',
	'amount_captured',
	'amount_refunded',
	'captured',
	'refunded',
	'disputed',
	'balance',
	'total',
	'unit_amount',
	'unit_amount_decimal',
	'recurring',
	'amount_off',
	'percent_off',
	'quantity',
	'latest_invoice',
	'latest_charge',
	'cancel_at',
	'cancel_at_period_end',
	'canceled_at',
	'pause_collection',
	'collection_method',
	'auto_advance',
	'evidence',
])('%s is part of the state of an object, links and descriptions are not', (name) => {
	expect(describeObjectState({ ...OBJECT, [name]: 7 })).toEqual({
		object: 'x',
		id: 'x_1',
		items: [],
		[name]: 7,
	});
});

it('an expanded object counts as its ID, and one without an ID as it is', () => {
	const shown = describeObjectState({
		...OBJECT,
		customer: { id: 'cus_1', balance: 5 },
		recurring: { interval: 'month' },
		latest_charge: null,
	});
	expect(shown).toMatchObject({ customer: 'cus_1', recurring: { interval: 'month' }, latest_charge: null });
});

it('the items of a subscription count by price and quantity', () => {
	const data = [
		{ id: 'si_1', price: { id: 'price_1', nickname: 'words' }, quantity: 2, created: 1 },
		{ id: 'si_2', price: 'price_2' },
	];
	expect(describeObjectState({ ...OBJECT, items: { data } }).items).toEqual([
		{ id: 'si_1', price: 'price_1', quantity: 2 },
		{ id: 'si_2', price: 'price_2', quantity: undefined },
	]);
	for (const items of [undefined, null, 'text', { data: 'text' }])
		expect(describeObjectState({ ...OBJECT, items }).items).toEqual([]);
});
