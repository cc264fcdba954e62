import type { Intent } from '../../../ledger/model/entry';
import type { RequestedSpend } from '../../../ledger/rules/intent';
import { diffFromIntent, diffIntents } from '../../../ledger/rules/intent';

const INTENT: Intent = {
	operation: 'paymentIntent.create',
	amount: 500,
	isMaximum: false,
	currency: 'eur',
	customer: 'cus_1',
	purpose: 'an invoice',
};
const { purpose: _purpose, isMaximum: _isMaximum, ...SPEND } = INTENT;
const { customer: _customer, ...NO_CUSTOMER } = INTENT;
const { customer: _spender, ...SPEND_OF_NOBODY } = SPEND;

const ofRefund = { ...NO_CUSTOMER, operation: 'refund.create', object: 'pi_1' };
const refund = { ...SPEND_OF_NOBODY, operation: 'refund.create', object: 'pi_1' };

describe('a request differs from what was reserved', () => {
	it.each<[string, Intent, RequestedSpend, object[]]>([
		['in nothing', INTENT, SPEND, []],
		[
			'in its operation',
			INTENT,
			{ ...SPEND, operation: 'charge.create' },
			[{ name: 'operation', stored: 'paymentIntent.create', requested: 'charge.create' }],
		],
		[
			'in its amount, which is more',
			INTENT,
			{ ...SPEND, amount: 501 },
			[{ name: 'amount', stored: '500', requested: '501' }],
		],
		[
			'in its amount, which is less',
			INTENT,
			{ ...SPEND, amount: 499 },
			[{ name: 'amount', stored: '500', requested: '499' }],
		],
		['in nothing, up to a maximum', { ...INTENT, isMaximum: true }, { ...SPEND, amount: 500 }, []],
		['in nothing, below a maximum', { ...INTENT, isMaximum: true }, { ...SPEND, amount: 1 }, []],
		[
			'in its amount, which is above a maximum',
			{ ...INTENT, isMaximum: true },
			{ ...SPEND, amount: 501 },
			[{ name: 'amount', stored: 'at most 500', requested: '501' }],
		],
		[
			'in its amount, which is nothing',
			{ ...INTENT, isMaximum: true },
			{ ...SPEND, amount: 0 },
			[{ name: 'amount', stored: 'at most 500', requested: '0' }],
		],
		[
			'in its currency',
			INTENT,
			{ ...SPEND, currency: 'usd' },
			[{ name: 'currency', stored: 'eur', requested: 'usd' }],
		],
		[
			'in its customer',
			INTENT,
			{ ...SPEND, customer: 'cus_2' },
			[{ name: 'customer', stored: 'cus_1', requested: 'cus_2' }],
		],
		[
			'in its customer, if it names none',
			INTENT,
			SPEND_OF_NOBODY,
			[{ name: 'customer', stored: 'cus_1', requested: '(none)' }],
		],
		[
			'in its customer, if none was reserved',
			NO_CUSTOMER,
			SPEND,
			[{ name: 'customer', stored: '(none)', requested: 'cus_1' }],
		],
		['in nothing, where the object names the customer', ofRefund, { ...refund, customer: 'cus_9' }, []],
		[
			'in its object',
			ofRefund,
			{ ...refund, object: 'pi_2' },
			[{ name: 'object', stored: 'pi_1', requested: 'pi_2' }],
		],
		[
			'in its object, if it names none',
			ofRefund,
			{ ...SPEND_OF_NOBODY, operation: 'refund.create' },
			[{ name: 'object', stored: 'pi_1', requested: '(none)' }],
		],
		[
			'in its object, if none was reserved',
			INTENT,
			{ ...SPEND, object: 'pi_1' },
			[{ name: 'object', stored: '(none)', requested: 'pi_1' }],
		],
	])('%s', (_what, intent, spend, differences) => {
		expect(diffFromIntent(intent, spend)).toEqual(differences);
	});
});

describe('a repeated reservation differs from the existing one', () => {
	it.each<[string, Partial<Intent>, object[]]>([
		['in nothing, whatever it is for', { purpose: 'other words' }, []],
		[
			'in its operation',
			{ operation: 'x' },
			[{ name: 'operation', stored: 'paymentIntent.create', requested: 'x' }],
		],
		['in its amount', { amount: 6 }, [{ name: 'amount', stored: '500', requested: '6' }]],
		[
			'in whether that is a maximum',
			{ isMaximum: true },
			[{ name: 'amount', stored: '500', requested: 'at most 500' }],
		],
		['in its currency', { currency: 'usd' }, [{ name: 'currency', stored: 'eur', requested: 'usd' }]],
		[
			'in its customer',
			{ customer: undefined },
			[{ name: 'customer', stored: 'cus_1', requested: '(none)' }],
		],
		['in its object', { object: 'pi_1' }, [{ name: 'object', stored: '(none)', requested: 'pi_1' }]],
	])('%s', (_what, change, differences) => {
		expect(diffIntents(INTENT, { ...INTENT, ...change })).toEqual(differences);
	});
});
