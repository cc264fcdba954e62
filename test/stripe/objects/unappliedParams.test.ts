import { findUnappliedParams } from '../../../stripe/objects/matchesRequest';

const LIST = { object: 'list', data: [{ id: 'si_1', price: { id: 'price_1' } }, { id: 'si_2' }] };

it.each([
	['a text', { name: 'Ada' }, { name: 'Ada' }, []],
	['a different text', { name: 'Bob' }, { name: 'Ada' }, ['name']],
	['a number', { amount: 5 }, { amount: '5' }, []],
	['a currency in small letters', { currency: 'eur' }, { currency: 'EUR' }, []],
	['an object in the place of its id', { customer: { id: 'cus_1' } }, { customer: 'cus_1' }, []],
	['a different object', { customer: { id: 'cus_2' } }, { customer: 'cus_1' }, ['customer']],
	['emptied metadata', { metadata: {} }, { metadata: '' }, []],
	['nothing in the place of a text', { metadata: {} }, { metadata: 'x' }, ['metadata']],
	['metadata that are still there', { metadata: { order: '1' } }, { metadata: '' }, ['metadata']],
	['nothing where it was unset', { phone: null }, { phone: '' }, []],
	['a text where it was unset', { phone: '1' }, { phone: '' }, ['phone']],
	['nothing if something was sent', { phone: null }, { phone: '1' }, ['phone']],
	[
		'a parameter that no object shows',
		{},
		{
			expand: 'x',
			off_session: 'true',
			payment_behavior: 'x',
			proration_behavior: 'none',
			proration_date: '1',
			trial_from_plan: 'true',
		},
		[],
	],
	['an object with a field called data', { branding: { data: 'x' } }, { branding: ['a'] }, ['branding']],
	['a list of Stripe with the item', { items: LIST }, { items: [{ id: 'si_1', price: 'price_1' }] }, []],
	[
		'an object with a different value',
		{ items: LIST },
		{ items: [{ id: 'si_1', price: 'price_2' }] },
		['items'],
	],
	[
		'an object without the removed value',
		{ items: LIST },
		{ items: [{ id: 'si_9', deleted: 'true' }] },
		[],
	],
	[
		'an object with the removed value',
		{ items: LIST },
		{ items: [{ id: 'si_1', deleted: 'true' }] },
		['items'],
	],
	['one of which a text was sent', { items: LIST }, { items: ['si_1'] }, ['items']],
	['a list of as many', { tags: ['a', 'b'] }, { tags: ['a', 'b'] }, []],
	['a list of fewer', { tags: ['a'] }, { tags: ['a', 'b'] }, ['tags']],
	['a list in the place of an object', { tags: ['a'] }, { tags: { a: '1' } }, ['tags']],
	['a pending update', { name: 'Ada', pending_update: {} }, { name: 'Ada' }, ['name']],
])('%s: of %j, changed by %j, the unapplied ones are: %j', (_what, object, params, names) => {
	expect(findUnappliedParams(object, params)).toEqual(names);
});
