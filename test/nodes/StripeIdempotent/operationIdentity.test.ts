import type { InputReader } from '../../../nodes/shared/parameters/inputReader';
import { ParameterReader } from '../../../nodes/shared/parameters/parameterReader';
import { isWrite } from '../../../nodes/StripeIdempotent/oncePer';
import { identifyOperation } from '../../../nodes/StripeIdempotent/operationIdentity';
import { STRIPE_RESOURCES } from '../../../nodes/StripeIdempotent/operations';
import { customRequests } from '../../../nodes/StripeIdempotent/operations/customApiCall';
import type { WriteOperation } from '../../../nodes/StripeIdempotent/operations/operation';
import { methodOf } from '../../../nodes/StripeIdempotent/operations/operation';
import type { RunSetup } from '../fixtures/nodeFixture';
import { ANY_ORDER, NodeFixture, ONE_HOUR_MS } from '../fixtures/nodeFixture';

const ID = 'obj_1Abc';

/** Shows an ID in every picker; of choices the one that is asked for. */
class Form extends ParameterReader {
	constructor(
		private readonly choose: number,
		parameters: Record<string, string> = {},
	) {
		super({ value: (name: string) => parameters[name] ?? ID, labelOf: String } as unknown as InputReader);
	}

	override choice<T extends string>(_parameter: string, values: readonly T[]): T {
		return values[this.choose] ?? values[0]!;
	}
}

const TYPED = STRIPE_RESOURCES.filter(({ value }) => value !== 'customApiCall').flatMap(
	({ value: resource, operations }) =>
		operations.filter(isWrite).flatMap((operation) => {
			const ways = [new Form(0), new Form(1)].map((form) => ({
				method: methodOf(operation, form),
				path: operation.path(form),
			}));
			const paths = [...new Map(ways.map((way) => [JSON.stringify(way), way])).values()];
			return paths.map((way) => ({ name: `${resource}.${operation.value}`, operation, ...way }));
		}),
);

/** What sends to the path of another operation, and sets some of its parameters. */
const PLAIN_OF: ReadonlyMap<string, string> = new Map(
	Object.entries({
		'customer.setDefaultPaymentMethod': 'customer.update',
		'customer.upsert': 'customer.create',
		'invoice.billCustomer': 'invoice.create',
		'paymentLink.deactivate': 'paymentLink.update',
		'subscription.changePlan': 'subscription.update',
		'subscription.pause': 'subscription.update',
		'subscription.resume': 'subscription.update',
		'subscription.undoCancellation': 'subscription.update',
	}),
);

/** What decides by the state of an object which of two operations it is. */
const FIRST_OF: ReadonlyMap<string, string> = new Map([
	['invoice.deleteOrVoid', 'invoice.delete'],
	['payout.cancelOrReverse', 'payout.cancel'],
]);

function identifyCall(method: string, path: string): string {
	const form = new Form(0, { method, path });
	const operation = customRequests.get(method) as WriteOperation;
	return identifyOperation({ name: 'customApiCall.request', operation }, path, form);
}

it.each(TYPED.map((row) => [row.name, row.method, row.path, row] as const))(
	'%s is the operation of %s %s',
	(name, method, path, { operation }) => {
		const isPlainOnly = path.split('/').length > 4 || method === 'DELETE';
		const plain = FIRST_OF.get(name) ?? (isPlainOnly ? name : (PLAIN_OF.get(name) ?? name));
		expect(identifyCall(method, path)).toBe(
			path.includes(ID) && operation.target ? `${plain} ${ID}` : plain,
		);
	},
);

it.each([
	['/v1/charges/ch_1/refund', 'refund.create'],
	['/v1/charges/ch_1/refunds', 'refund.create'],
	['/v1/customers/cus_1/subscriptions', 'subscription.create'],
	['/v1/PAYMENT_INTENTS', 'paymentIntent.create'],
	['/v1/coupons/Summer%20Sale', 'coupon.update Summer Sale'],
	['/v1/payment_intents/pi_1/CAPTURE', 'paymentIntent.capture pi_1'],
	['/v1/tax_ids', 'customApiCall.request POST /v1/tax_ids'],
	['/v1/payment_intents/pi_1/apply_customer_balance', undefined],
])('a call of %s is %s', (path, identity) => {
	expect(identifyCall('POST', path)).toBe(identity ?? `customApiCall.request POST ${path}`);
});

describe('one order, requested in two ways', () => {
	let fixture: NodeFixture;
	beforeEach(async () => {
		fixture = await NodeFixture.start();
	});
	afterEach(() => fixture.stop());

	const BODY = { amount: 1999, currency: 'eur', confirm: true, payment_method: 'pm_card_visa' };
	const call = (path = '/v1/payment_intents', body: object = BODY): RunSetup => ({
		parameters: {
			resource: 'customApiCall',
			operation: 'request',
			method: 'POST',
			path,
			body: JSON.stringify(body),
		},
	});

	it('is charged once, and its call is answered from the ledger', async () => {
		await fixture.run([ANY_ORDER]);
		const { success } = await fixture.run([ANY_ORDER], call());
		expect(success[0]?.json.idempotency).toMatchObject({ replayed: true, source: 'ledger' });
		expect(fixture.charges()).toBe(1);
		expect(await fixture.entries()).toHaveLength(1);
	});

	it('is a conflict if the call requests something else', async () => {
		await fixture.run([ANY_ORDER]);
		for (const path of ['/v1/payment_intents', '/v1/Payment_Intents']) {
			const { fix } = await fixture.run([ANY_ORDER], call(path, { ...BODY, amount: 2000 }));
			expect(fix[0]?.json.error).toMatchObject({ outcome: 'conflict' });
		}
		expect(fixture.charges()).toBe(1);
	});

	it.each([
		'/v1/payment_intents/',
		'/v1//payment_intents',
		'/v1/payment_intents?a=1',
		'/v1/%70ayment_intents',
	])('a path has one spelling: %s is refused', async (path) => {
		const { fix } = await fixture.run([ANY_ORDER], call(path));
		expect(fix[0]?.json.error).toMatchObject({ outcome: 'refused' });
		expect(fixture.stripe.sends()).toHaveLength(0);
	});

	const CREATED: RunSetup = { parameters: { confirm: false } };
	const { confirm: _confirm, ...UNCONFIRMED } = BODY;
	const callToCreate = call('/v1/payment_intents', UNCONFIRMED);

	it.each([
		['operation', CREATED, callToCreate],
		['call', callToCreate, CREATED],
	])('the %s that was lost is resent with its key and its request', async (_first, lost, then) => {
		fixture.stripe.inject({ kind: 'resetAfter' });
		expect((await fixture.run([ANY_ORDER], lost)).retry).toHaveLength(1);
		expect((await fixture.run([ANY_ORDER], then)).success).toHaveLength(1);
		const [one, other] = fixture.stripe.sends();
		expect(other).toMatchObject({ key: one?.key, params: one?.params, replayed: true });
	});

	it.each([
		['operation', CREATED, callToCreate],
		['call', callToCreate, CREATED],
	])('the %s that was lost is found, once its key has expired', async (_first, lost, then) => {
		fixture.stripe.inject({ kind: 'resetAfter' });
		await fixture.run([ANY_ORDER], lost);
		fixture.time.advance(26 * ONE_HOUR_MS);
		expect((await fixture.run([ANY_ORDER], then)).success).toHaveLength(1);
		expect(fixture.stripe.sends()).toHaveLength(1);
	});
});
