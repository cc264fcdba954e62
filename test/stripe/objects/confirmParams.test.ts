import {
	hasPaymentMethod,
	omitPaymentMethod,
	pickConfirmParams,
} from '../../../stripe/objects/confirmParams';
import { parseMajorAmount, toMajorAmount } from '../../../stripe/objects/majorAmount';

const METHODS = ['confirmation_token', 'payment_method', 'payment_method_data', 'source'];

it.each(METHODS)('%s states the payment method, unless it is empty', (name) => {
	expect(hasPaymentMethod({ amount: '5', [name]: 'x' })).toBe(true);
	expect(hasPaymentMethod({ amount: '5', [name]: '' })).toBe(false);
	expect(omitPaymentMethod({ amount: '5', [name]: 'x' })).toEqual({ amount: '5' });
});

it('no other parameter does', () => {
	expect(hasPaymentMethod({ amount: '5', customer: 'cus_1' })).toBe(false);
});

it.each([
	'confirmation_token',
	'payment_method',
	'payment_method_data',
	'error_on_requires_action',
	'expand',
	'mandate',
	'mandate_data',
	'off_session',
	'payment_method_options',
	'radar_options',
	'return_url',
	'use_stripe_sdk',
])('%s is repeated when a payment is confirmed again, and its amount is not', (name) => {
	expect(pickConfirmParams({ amount: '5', [name]: 'x' })).toEqual({ [name]: 'x' });
});

it('an amount in the major unit is read as written, and no other parameter is', () => {
	expect(parseMajorAmount(toMajorAmount('19.99'))).toBe('19.99');
	for (const other of ['19.99', '', { amount: toMajorAmount('1') }, undefined, 5])
		expect(parseMajorAmount(other)).toBeUndefined();
});
