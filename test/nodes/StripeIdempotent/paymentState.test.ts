import type { IDataObject, INodeParameters } from 'n8n-workflow';

import { RegistryFixture } from '../fixtures/registryFixture';
import { CHARGE, SECRET_KEY, STRIPE_NODE } from '../fixtures/ordersFixture';
import { PAID, stripeAt } from '../../simulator/client';

let registry: RegistryFixture;
beforeEach(async () => {
	registry = await RegistryFixture.open();
});
afterEach(() => registry.close());

const STRIPE = { type: STRIPE_NODE };
const ONCE = { keyFields: { field: [{ path: 'order', treatAs: 'text' }] } };
const CREATED: INodeParameters = { ...CHARGE, confirm: false, paymentMethod: '' };
const AUTHORIZED: INodeParameters = { ...CHARGE, additionalFields: { captureMethod: 'manual' } };
const NEEDS_THE_CUSTOMER = { card: 'pm_card_authenticationRequired' };
/** The customer has a page to come back to. */
const CHARGE_WITH_PAGE: INodeParameters = {
	...CHARGE,
	additionalFields: { returnUrl: 'https://example.com/thanks' },
};

const onIntent = (operation: string, more: INodeParameters = {}): INodeParameters => ({
	resource: 'paymentIntent',
	operation,
	paymentIntent: '={{ $json.target }}',
	...ONCE,
	...more,
});
const REFUND: INodeParameters = {
	resource: 'refund',
	operation: 'create',
	paymentIntent: '={{ $json.target }}',
	...ONCE,
};
const post = (path: string, body: string): INodeParameters => ({
	resource: 'customApiCall',
	operation: 'request',
	method: 'POST',
	path,
	body,
	...ONCE,
});

async function pay(parameters: INodeParameters, item: IDataObject): Promise<IDataObject & { id: string }> {
	const { json } = await registry.one(parameters, item, STRIPE);
	return json;
}

const stateOf = ({ idempotency }: IDataObject) => (idempotency as IDataObject).paymentState;
const entries = async () => {
	const { outputsOf } = await registry.run({ resource: 'entry', operation: 'getMany', returnAll: true });
	return outputsOf[0] as IDataObject[];
};
const summary = async () => {
	const { json } = await registry.one({ resource: 'entry', operation: 'summarize' });
	return json as unknown as { money: IDataObject[]; total: IDataObject[] };
};
const hints = async (parameters: INodeParameters, items: IDataObject[], mode: 'manual' | 'trigger') => {
	const result = await registry.run(parameters, items, { ...STRIPE, mode });
	return result.hints('Node').map(({ message }) => message);
};

describe('an item reports whether its money has moved', () => {
	it.each<[string, INodeParameters, IDataObject, string]>([
		['a payment intent that was charged is paid', CHARGE, {}, 'paid'],
		['a payment that was only created is unpaid', CREATED, {}, 'unpaid'],
		['a payment that waits for its capture is authorized', AUTHORIZED, {}, 'authorized'],
		[
			'a payment that waits for the customer requires action',
			CHARGE_WITH_PAGE,
			NEEDS_THE_CUSTOMER,
			'requires_action',
		],
	])('%s, also as a replay and for the registry', async (_what, parameters, item, state) => {
		const order = { order: '1', ...item };
		expect(stateOf(await pay(parameters, order))).toBe(state);
		const again = await pay(parameters, order);
		expect([stateOf(again), (again.idempotency as IDataObject).replayed]).toEqual([state, true]);
		expect(await entries()).toMatchObject([{ paymentState: state }]);
	});

	it('by its later outcome: captured is paid, cancelled is canceled, refunded is a refund', async () => {
		const first = await pay(AUTHORIZED, { order: '1' });
		const second = await pay(AUTHORIZED, { order: '2' });
		const captured = await pay(onIntent('capture', { amount: '500', amountUnit: 'minor' }), {
			order: '3',
			target: first.id,
		});
		const canceled = await pay(onIntent('cancel'), { order: '4', target: second.id });
		const refunded = await pay(REFUND, { order: '5', target: first.id });
		expect([captured, canceled, refunded].map(stateOf)).toEqual(['paid', 'canceled', 'refunded']);
	});

	it('first, with the status of the object, and then the rest', async () => {
		const customer = await pay({ resource: 'customer', operation: 'create', ...ONCE }, { order: '1' });
		const product = await pay(post('/v1/products', '{"name":"Tea"}'), { order: '2' });
		for (const { idempotency } of [customer, product]) {
			expect(idempotency).not.toHaveProperty('paymentState');
		}
		expect(await entries()).toMatchObject([{ paymentState: null }, { paymentState: null }]);
	});

	it('first, with the status of the object, and then the rest', async () => {
		const paid = await pay(CHARGE, { order: '1' });
		expect(Object.keys(paid).slice(0, 3)).toEqual(['idempotency', 'status', 'id']);
		expect(Object.keys(paid.idempotency as IDataObject)).toEqual([
			'key',
			'entryId',
			'state',
			'attempt',
			'sends',
			'replayed',
			'alreadyDone',
			'paymentState',
			'source',
			'firstSentAt',
			'settledAt',
			'requestId',
			'dashboardUrl',
		]);
	});
});

describe('sums count money that has moved, and each payment once', () => {
	it('payments that are only created, pending or cancelled are listed separately', async () => {
		await pay(CHARGE, { order: '1' });
		await pay(CREATED, { order: '2', amount: 100 });
		await pay(CHARGE_WITH_PAGE, { order: '3', amount: 20, ...NEEDS_THE_CUSTOMER });
		const held = await pay(AUTHORIZED, { order: '4', amount: 7 });
		const { money, total } = await summary();
		const row = { kind: 'payment', currency: 'eur' };
		expect(money).toEqual([
			{ ...row, paymentState: 'authorized', count: 1, amount: 0, money: '0.00 EUR', ...not(7) },
			{ ...row, paymentState: 'paid', count: 1, amount: 1999, money: '19.99 EUR', ...not(0) },
			{ ...row, paymentState: 'requires_action', count: 1, amount: 0, money: '0.00 EUR', ...not(20) },
			{ ...row, paymentState: 'unpaid', count: 1, amount: 0, money: '0.00 EUR', ...not(100) },
		]);
		expect(sumOf(total)).toBe(1999);

		await pay(onIntent('cancel'), { order: '5', target: held.id });
		expect((await summary()).money).toContainEqual({
			...row,
			paymentState: 'canceled',
			count: 1,
			amount: 0,
			money: '0.00 EUR',
			...not(7),
		});
	});

	it('a payment that was created, confirmed and captured counts once, with the captured amount', async () => {
		const held = await pay(
			{ ...CREATED, additionalFields: { captureMethod: 'manual' } },
			{ order: '1', amount: 1000 },
		);
		await pay(onIntent('confirm', { paymentMethod: 'pm_card_visa' }), { order: '2', target: held.id });
		await pay(onIntent('capture', { amount: '600', amountUnit: 'minor' }), {
			order: '3',
			target: held.id,
		});
		const { money, total } = await summary();
		expect(money).toMatchObject([{ paymentState: 'paid', count: 1, amount: 600, notMoved: 0 }]);
		expect(sumOf(total)).toBe(600);
		expect(total.find(({ operation }) => operation === 'paymentIntent.capture')).toMatchObject({
			entries: 1,
			paymentState: 'paid',
			amount: 600,
		});
	});

	it('a payment only changed here and paid elsewhere is not counted', async () => {
		const { id } = await stripeAt(registry.fixture.stripe, SECRET_KEY).paymentIntents.create({
			...PAID,
			amount: 300,
			currency: 'eur',
		});
		const changed = await pay(onIntent('update', { additionalFields: { description: 'x' } }), {
			order: '1',
			target: id,
		});
		expect(stateOf(changed)).toBe('paid');
		const { total, money } = await summary();
		expect([sumOf(total), money]).toEqual([0, []]);
	});

	it('a refund is not a payment: both are reported, and neither is added to the other', async () => {
		const paid = await pay(CHARGE, { order: '1' });
		await pay({ ...REFUND, amount: '500', amountUnit: 'minor' }, { order: '2', target: paid.id });
		expect((await summary()).money).toMatchObject([
			{ kind: 'payment', paymentState: 'paid', amount: 1999 },
			{ kind: 'refund', paymentState: 'refunded', amount: 500 },
		]);
	});
});

describe('a manual run reports the money it has moved', () => {
	const items = (...amounts: number[]) => amounts.map((amount, n) => ({ order: `${n}`, amount }));

	it('per currency, and only what it has moved itself', async () => {
		await pay(CHARGE, { order: '0', amount: 4990 });
		const orders = [
			...items(4990, 4990, 4990),
			{ order: 'usd', amount: 700, currency: 'usd' },
			{ order: '3ds', ...NEEDS_THE_CUSTOMER },
		];
		expect(await hints(CHARGE, orders, 'manual')).toContain('3 payments: 99.80 EUR, 7.00 USD.');
	});

	it('a single one, a refund, and nothing that was only authorized', async () => {
		expect(await hints(CHARGE, items(4990), 'manual')).toContain('1 payment: 49.90 EUR.');
		const paid = await pay(CHARGE, { order: '0', amount: 4990 });
		expect(await hints(REFUND, [{ order: 'r', target: paid.id }], 'manual')).toContain(
			'1 refund: 49.90 EUR.',
		);
		for (const [order, parameters] of Object.entries({ held: AUTHORIZED, created: CREATED }))
			expect((await hints(parameters, [{ order, amount: 5 }], 'manual')).join()).not.toMatch(
				/payment:|5|0\.05/,
			);
	});

	it('but not a production run, nor a change that moves nothing', async () => {
		expect(await hints(CHARGE, items(4990), 'trigger')).toEqual([]);
		const { id } = await pay(CHARGE, { order: '0', amount: 4990 });
		const update = onIntent('update', { additionalFields: { description: 'x' } });
		expect(await hints(update, [{ order: 'u', target: id }], 'manual')).toEqual([]);
	});
});

describe('a repeat of an earlier run', () => {
	const again = async (parameters: INodeParameters, items: IDataObject[]) => {
		await registry.run(parameters, items.slice(0, 1), STRIPE);
		return hints(parameters, items, 'trigger');
	};

	it('was not paid twice if it was a payment, in good English', async () => {
		expect(await again(CHARGE, [{ order: '1' }])).toEqual([
			'The item was completed by an earlier run. Nothing was paid twice.',
		]);
	});

	it('was not executed twice if it was none', async () => {
		const customer = { resource: 'customer', operation: 'create', ...ONCE };
		expect(await again(customer, [{ order: '1' }, { order: '2' }])).toEqual([
			'1 of 2 items was completed by an earlier run. Nothing was executed twice.',
		]);
	});
});

/** Of rows that tell of one currency. */
function sumOf(rows: IDataObject[]): number {
	return rows.reduce((sum, { amount }) => sum + Number(amount ?? 0), 0);
}

function not(notMoved: number) {
	return { notMoved, notMovedMoney: `${(notMoved / 100).toFixed(2)} EUR` };
}
