import type { IDataObject, INodeParameters } from 'n8n-workflow';

import type { TokenRegistry } from '../../../../ledger/tokenRegistry';
import { sampleRows } from '../../../crash/soak';
import { openTokenRegistry, reserveOrder, expectToken } from '../../fixtures/reservations';
import { CHARGE, toLocator, OrdersFixture } from '../../fixtures/ordersFixture';

let fixture: OrdersFixture;
let registry: TokenRegistry;
beforeEach(async () => {
	fixture = await OrdersFixture.open();
	registry = openTokenRegistry(fixture);
});
afterEach(() => fixture.close());

const other = (parameters: object): INodeParameters => ({
	additionalFields: { otherParameters: JSON.stringify(parameters) },
});

const CREATE: INodeParameters = {
	...CHARGE,
	paymentMethod: 'pm_card_visa',
	currency: 'eur',
	amount: 1000,
	amountUnit: 'minor',
};
const REFUND: INodeParameters = {
	resource: 'refund',
	operation: 'create',
	refundOf: 'charge',
	charge: toLocator('id', 'ch_reserved'),
	amount: 1000,
	amountUnit: 'minor',
	currency: 'eur',
};
const CAPTURE: INodeParameters = {
	resource: 'paymentIntent',
	operation: 'capture',
	paymentIntent: toLocator('id', 'pi_reserved'),
	amount: 1000,
	amountUnit: 'minor',
	currency: 'eur',
};
const CONFIRM: INodeParameters = {
	resource: 'paymentIntent',
	operation: 'confirm',
	paymentIntent: toLocator('id', 'pi_reserved'),
};

const OPERATIONS = {
	create: { parameters: CREATE, intent: { operation: 'paymentIntent.create' } },
	refund: { parameters: REFUND, intent: { operation: 'refund.create', object: 'ch_reserved' } },
	capture: { parameters: CAPTURE, intent: { operation: 'paymentIntent.capture', object: 'pi_reserved' } },
	confirm: { parameters: CONFIRM, intent: { operation: 'paymentIntent.confirm', object: 'pi_reserved' } },
} as const;

const AMOUNT_LIKE = [
	'1e3',
	'0x3e8',
	'01000',
	' 1000 eur',
	'1_000',
	'+1000',
	'1000.',
	'٢٠٠٠',
	'１０００',
	[1000],
	[[1000]],
	{ value: 1000 },
	true,
];

describe('with a token nothing is added, and Stripe is not called before the refusal', () => {
	it.each<[string, keyof typeof OPERATIONS, INodeParameters]>([
		['a second target', 'refund', other({ payment_intent: 'pi_B' })],
		['a different target instead', 'refund', other({ charge: 'ch_B' })],
		['a target that is a list', 'refund', other({ charge: ['ch_reserved', 'ch_B'] })],
		['a refund that comes back from a transfer', 'refund', other({ reverse_transfer: true })],
		['a refund out of a balance', 'refund', other({ origin: 'customer_balance', customer: 'cus_1' })],
		[
			'a recipient of payment instructions',
			'refund',
			{ additionalFields: { instructionsEmail: 'me@evil.example' } },
		],
		['a customer that is a list', 'create', other({ customer: ['cus_evil'] })],
		['a customer that is an object', 'create', other({ customer: { id: 'cus_evil' } })],
		['an account in the place of a customer', 'create', other({ customer_account: 'acct_evil' })],
		[
			'an account beside a customer',
			'create',
			{ ...other({ customer_account: 'acct_evil' }), customer: toLocator('id', 'cus_1') },
		],
		['a recipient', 'create', other({ transfer_data: { destination: 'acct_evil' } })],
		['a beneficiary', 'create', other({ on_behalf_of: 'acct_evil' })],
		['a fee', 'create', other({ application_fee_amount: 1000 })],
		['a currency that is a list', 'create', other({ currency: ['eur'] })],
		['a surcharge', 'confirm', other({ amount_to_confirm: 99_999 })],
		[
			'a receiver at the capture',
			'capture',
			other({ transfer_data: { amount: 1, destination: 'acct_evil' } }),
		],
		['a fee at the capture', 'capture', other({ application_fee_amount: 1 })],
		['a future parameter name of Stripe', 'create', other({ pay_to: 'acct_evil' })],
		...AMOUNT_LIKE.map(
			(amount) =>
				[`${JSON.stringify(amount)} as another amount`, 'create', other({ amount })] as [
					string,
					'create',
					INodeParameters,
				],
		),
	])('%s', async (_what, operation, parameters) => {
		const { parameters: usual, intent } = OPERATIONS[operation];
		const token = expectToken(await reserveOrder(registry, '1', { ...intent, amount: 1000 }));
		const { fix } = await fixture.run({ ...usual, ...parameters, keySource: 'token', token }, [{}]);
		expect(fix).toMatchObject([{ error: { outcome: 'blocked', retryable: false } }]);
		expect(fix[0]!.error.message).toMatch(/token/i);
		expect(fix[0]!.error.nextStep).not.toBe('');
		expect(fixture.simulator.requests).toEqual([]);
	});

	it.each(AMOUNT_LIKE)('%j as the amount', async (amount) => {
		const token = expectToken(await reserveOrder(registry, '1', { amount: 1000 }));
		const item = { amount } as IDataObject;
		const { fix, success } = await fixture.run(
			{ ...CREATE, amount: '={{ $json.amount }}', keySource: 'token', token },
			[item],
		);
		expect(success).toEqual([]);
		expect(fix).toHaveLength(1);
		expect(fixture.simulator.requests).toEqual([]);
	});

	it.each(['1000', 1000])('but %j is the amount it denotes', async (amount) => {
		const token = expectToken(await reserveOrder(registry, '1', { amount: 1000 }));
		const { success } = await fixture.run(
			{ ...CREATE, amount: '={{ $json.amount }}', keySource: 'token', token },
			[{ amount }],
		);
		expect(success).toMatchObject([{ amount: 1000 }]);
	});

	it('and parameters without money, target or receiver are allowed', async () => {
		const token = expectToken(await reserveOrder(registry, '1', { amount: 1000 }));
		const along = {
			metadata: { order: '1' },
			description: 'x',
			receipt_email: 'a@example.com',
			off_session: true,
		};
		const { success } = await fixture.run(
			{ ...CREATE, ...other(along), simplify: false, keySource: 'token', token },
			[{}],
		);
		expect(success).toMatchObject([{ amount: 1000, description: 'x' }]);
	});
});

const NO_IDS = [
	'pi_1/../../customers/cus_1',
	'pi_1?expand[]=customer',
	'pi_1%2fcapture',
	'pi_1#',
	'pi_1/capture',
	'../pi_1',
	'pi_1 ',
	'pi_1\n',
	'%00',
	'pi_ä',
	'..',
	'.',
	'pi_1&x=1',
	'pi_1;',
	"pi_1'",
	'pi_1_secret_2',
	'sk_live_51AbCdEf',
	'rk_test_1',
	'sk_org_live_1',
	'whsec_abc',
	'p'.repeat(300),
].filter((id) => id.trim() === id);

const PLACES_IN_TURN = 4;

describe.each([...NO_IDS.entries()])(
	'an invalid ID, no. %d, %p, is never sent, with a token or without',
	(nth, id) => {
		const everyPlace: [string, INodeParameters][] = [
			['paid', { ...CONFIRM, paymentIntent: toLocator('id', id) }],
			['collected', { ...CAPTURE, paymentIntent: toLocator('id', id) }],
			['given back', { ...REFUND, charge: toLocator('id', id) }],
			[
				'given back, by its intent',
				{ ...REFUND, refundOf: 'paymentIntent', paymentIntent: toLocator('id', id) },
			],
			['read', { resource: 'customer', operation: 'get', customer: toLocator('id', id) }],
			[
				'deleted',
				{ resource: 'customer', operation: 'delete', customer: toLocator('id', id), yesDelete: true },
			],
			['charged', { ...CREATE, customer: toLocator('id', id) }],
			[
				'listed',
				{
					resource: 'charge',
					operation: 'getMany',
					returnAll: true,
					filters: { customer: toLocator('id', id) },
				},
			],
		];
		// In the short form each ID in some of the places, and each place with some of the IDs.
		const places = [
			...everyPlace.slice(nth % PLACES_IN_TURN),
			...everyPlace.slice(0, nth % PLACES_IN_TURN),
		];

		it.each(sampleRows(PLACES_IN_TURN, places))('%s', async (_what, parameters) => {
			const token = expectToken(await reserveOrder(registry, '1', { amount: 1000 }));
			const keys: INodeParameters[] = [
				{ keySource: 'token', token },
				{ keySource: 'custom', customKey: '1' },
			];
			for (const key of keys) {
				const result = await fixture.run({ ...parameters, ...key }, [{}]);
				expect(result.fix).toMatchObject([{ error: { retryable: false } }]);
				expect(result.fix[0]!.error.outcome).toMatch(/^(?:refused|blocked)$/);
				expect(JSON.stringify(result.fix)).not.toMatch(
					/_secret_2|sk_live_51|rk_test_1|sk_org_live_1|whsec_abc/,
				);
			}
			expect(fixture.simulator.requests).toEqual([]);
		});
	},
);

it.each([
	'/v1/customers/sk_live_51AbCd',
	'/v1/payment_intents/pi_1_secret_2',
	'/v1/x/whsec_abc',
	'/v1/a/sk_org_live_1',
])('the path %s contains a secret: it is refused, and neither sent nor stored', async (path) => {
	for (const method of ['GET', 'POST', 'DELETE']) {
		const parameters = { resource: 'customApiCall', operation: 'request', method, path, body: '{}' };
		const result = await fixture.run({ ...parameters, keySource: 'custom', customKey: '1' }, [{}]);
		expect(result.fix).toMatchObject([{ error: { outcome: 'refused' } }]);
		expect(JSON.stringify(result.items)).not.toContain(path.split('/').at(-1));
	}
	expect(fixture.simulator.requests).toEqual([]);
});
