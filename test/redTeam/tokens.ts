import type { IDataObject, INodeParameters } from 'n8n-workflow';

import { PAY } from '../nodes/fixtures/registryFixture';
import { toLocator } from '../nodes/fixtures/ordersFixture';
import type { Guard } from './guards';
import type { AttackFixture, Try } from './try';

const BY_TOKEN = { keySource: 'token', token: '={{ $json.token }}', amount: 1000, amountUnit: 'minor' };
const CREATE: INodeParameters = { ...PAY, ...BY_TOKEN, paymentMethod: 'pm_card_visa' };

const beside = (parameters: object): INodeParameters => ({
	additionalFields: { otherParameters: JSON.stringify(parameters) },
});

function slipsIn(name: string, parameters: object, more: readonly Guard[] = []): Try {
	return {
		name: `${name} beside the payment that was reserved`,
		guards: ['besideToken', 'plainAmount', ...more],
		attempt: async (attack) => attack.sends({ ...CREATE, ...beside(parameters) }, await attack.reserve()),
	};
}

const besideThePayment: Try[] = [
	slipsIn('a receiver', { transfer_data: { destination: 'acct_evil' } }),
	slipsIn('a part for a receiver', { transfer_data: { destination: 'acct_evil', amount: 999 } }),
	slipsIn('somebody on whose behalf', { on_behalf_of: 'acct_evil' }),
	slipsIn('a fee', { application_fee_amount: 999 }),
	slipsIn('a group of transfers', { transfer_group: 'evil' }),
	slipsIn('a list of customers', { customer: ['cus_evil'] }),
	slipsIn('a customer in an object', { customer: { id: 'cus_evil' } }, ['reservation', 'valueKinds']),
	slipsIn('the account of a customer', { customer_account: 'acct_evil' }, ['reservation']),
	slipsIn('a surcharge', { amount_to_confirm: 99_999 }, ['reservation']),
	slipsIn('another amount', { amount: 99_999 }, ['saidTwice', 'reservation']),
	slipsIn('another currency', { currency: 'usd' }, ['saidTwice', 'reservation']),
	slipsIn('"1e3" as the amount', { amount: '1e3' }, ['saidTwice', 'valueKinds']),
	slipsIn('"0x3e8" as the amount', { amount: '0x3e8' }, ['saidTwice', 'valueKinds']),
	slipsIn('"01000" as the amount', { amount: '01000' }, ['saidTwice']),
	slipsIn('"+1000" as the amount', { amount: '+1000' }, ['saidTwice', 'valueKinds']),
	slipsIn('[1000] as the amount', { amount: [1000] }, ['saidTwice', 'reservation']),
	slipsIn('what Stripe may know one day', { pay_to: 'acct_evil' }),
];

const CAPTURED: IDataObject = { capture_method: 'manual' };

async function paid(attack: AttackFixture, more: IDataObject = {}) {
	return attack.stripe.paymentIntents.create({
		amount: 1000,
		currency: 'eur',
		payment_method: 'pm_card_visa',
		confirm: true,
		...more,
		automatic_payment_methods: { enabled: true, allow_redirects: 'never' },
	});
}

function refundSlipsIn(name: string, parameters: (others: string) => object): Try {
	return {
		name: `${name} beside the refund that was reserved`,
		guards: ['besideToken', 'plainAmount'],
		attempt: async (attack) => {
			const [one, other] = [await paid(attack), await paid(attack)];
			const charge = one.latest_charge as string;
			const token = await attack.reserve({ intentOperation: 'refund.create', object: charge });
			const refund = {
				resource: 'refund',
				operation: 'create',
				refundOf: 'charge',
				charge: toLocator('id', charge),
			};
			return attack.sends({ ...refund, ...BY_TOKEN, ...beside(parameters(other.id)) }, token);
		},
	};
}

const besideTheRefund: Try[] = [
	refundSlipsIn('a second target', (other) => ({ payment_intent: other })),
	refundSlipsIn('money out of a transfer', () => ({ reverse_transfer: true })),
	refundSlipsIn('the fee', () => ({ refund_application_fee: true })),
	refundSlipsIn('the balance of a customer', () => ({ origin: 'customer_balance', customer: 'cus_evil' })),
	refundSlipsIn('where to send the money', () => ({ instructions_email: 'me@evil.example' })),
];

function captureSlipsIn(name: string, parameters: object): Try {
	return {
		name: `${name} beside the capture that was reserved`,
		guards: ['besideToken', 'plainAmount'],
		attempt: async (attack) => {
			const { id } = await paid(attack, CAPTURED);
			const token = await attack.reserve({ intentOperation: 'paymentIntent.capture', object: id });
			const capture = {
				resource: 'paymentIntent',
				operation: 'capture',
				paymentIntent: toLocator('id', id),
			};
			return attack.sends({ ...capture, ...BY_TOKEN, ...beside(parameters) }, token);
		},
	};
}

const besideTheCapture: Try[] = [
	captureSlipsIn('a receiver', { transfer_data: { amount: 999 } }),
	captureSlipsIn('a fee', { application_fee_amount: 999 }),
];

function isOther(
	name: string,
	parameters: INodeParameters,
	change: (token: string) => string = (one) => one,
): Try {
	return {
		name: `${name} than what was reserved`,
		guards: ['reservation'],
		attempt: async (attack) => {
			const { token } = await attack.reserve();
			return attack.sends({ ...CREATE, ...parameters }, { token: change(token) });
		},
	};
}

const lastLetter = (token: string) =>
	`${token.slice(0, -2)}${token.at(-2) === 'A' ? 'B' : 'A'}${token.at(-1)}`;

const otherThanReserved: Try[] = [
	isOther('more', { amount: 1001 }),
	isOther('ten times as much', { amount: 10_000 }),
	isOther('less', { amount: 999 }),
	isOther('a hundred times as much, by the unit', { amountUnit: 'major' }),
	isOther('another currency', { currency: 'USD' }),
	isOther('another customer', { customer: toLocator('id', 'cus_evil') }),
	isOther('another letter in the token', {}, lastLetter),
	isOther('a different account', { options: { stripeAccount: 'acct_evil' } }),
];

function isForbidden(name: string, parameters: INodeParameters): Try {
	return {
		name: `Reserve of ${name}`,
		guards: ['policy'],
		attempt: async (attack) => Boolean((await attack.reserve(parameters)).token),
	};
}

const aboveTheLimits: Try[] = [
	isForbidden('more than one payment may be', { amount: 100_001 }),
	isForbidden('a currency without a row', { currency: 'USD' }),
	isForbidden('what is not allowed', { allowedOperations: ['refund.create'] }),
	isForbidden('a customer who is not allowed', { customer: 'cus_evil', allowedCustomers: 'cus_1' }),
	isForbidden('nobody, where customers are named', { allowedCustomers: 'cus_1' }),
];

const limit = (row: INodeParameters) => ({
	limits: { limit: [{ currency: 'EUR', maxPerPayment: '100000', ...row }] },
});

function isTooMuch(name: string, policy: INodeParameters, more: INodeParameters = {}): Try {
	return {
		name: `Reserve of ${name}`,
		guards: ['limits'],
		attempt: async (attack) => {
			await attack.reserve(policy);
			return Boolean((await attack.reserve({ ...policy, customKey: '2', ...more })).token);
		},
	};
}

const overTheLimits: Try[] = [
	isTooMuch('more than is left of the day', limit({ maxPerDay: '1999' })),
	isTooMuch('one minor unit more than is left of the day', limit({ maxPerDay: '2000' }), { amount: 1001 }),
	isTooMuch('more often than a session may', { maxPerSession: 1, session: 'a' }),
	{
		name: 'Reserve of what another agent was allowed, by one who is not',
		guards: ['policy'],
		attempt: async (attack) => {
			await attack.reserve({ agent: 'boss' });
			const intern = { agent: 'intern', ...limit({ maxPerPayment: '10' }) };
			return Boolean((await attack.reserve(intern)).token);
		},
	},
];

export const tokens: Try[] = [
	...overTheLimits,
	...besideThePayment,
	...besideTheRefund,
	...besideTheCapture,
	...otherThanReserved,
	...aboveTheLimits,
];
