import type { IDataObject, INodeParameters, INodeType } from 'n8n-workflow';

import { CHARGE, OrdersFixture, STRIPE_NODE, toLocator, withCustomKey } from '../../fixtures/ordersFixture';

const ITEMS = 20;
const orders = (of: (n: number) => IDataObject = () => ({})): IDataObject[] =>
	Array.from({ length: ITEMS }, (_, n) => ({ order: `order-${n}`, amount: 1_000 + n, ...of(n) }));

let fixture: OrdersFixture;
beforeEach(async () => {
	fixture = await OrdersFixture.open();
});
afterEach(() => fixture.close());

/** What was asked of n8n, and how often. */
class Questions {
	readonly counts = new Map<string, number>();

	/** The node in n8n's own context, which counts what is asked of it. */
	node(): INodeType {
		const node = fixture.options().nodeTypes[STRIPE_NODE] as INodeType;
		const { counts } = this;
		const execute = node.execute!;
		node.execute = function () {
			const context = new Proxy(this, {
				get(target, name) {
					const member: unknown = Reflect.get(target, name);
					if (typeof member !== 'function') return member;
					return (...args: unknown[]): unknown => {
						if (name === 'getNodeParameter' || name === 'evaluateExpression') {
							const isRaw = (args[3] as IDataObject | undefined)?.rawExpressions === true;
							const question = `${isRaw ? 'written' : name} ${String(args[0])}`;
							counts.set(question, (counts.get(question) ?? 0) + 1);
						}
						return member.apply(target, args);
					};
				},
			});
			return execute.call(context);
		};
		return node;
	}

	/** All that was asked more than so many times. */
	moreThan(times: number): [question: string, times: number][] {
		return [...this.counts].filter(([, count]) => count > times);
	}
}

async function runCounted(parameters: INodeParameters, items = orders()): Promise<Questions> {
	const questions = new Questions();
	const { success } = await fixture.run(parameters, items, {
		nodeTypes: { [STRIPE_NODE]: questions.node() },
	});
	expect(success).toHaveLength(items.length);
	return questions;
}

const FIXED: INodeParameters = {
	...CHARGE,
	amount: '1999',
	currency: 'eur',
	paymentMethod: 'pm_card_visa',
	additionalFields: {
		description: 'An order',
		metadata: { entry: [{ key: 'shop', value: 'north' }] },
		otherParameters: '{ "statement_descriptor_suffix": "SHOP" }',
	},
	options: { timeoutSeconds: 30, retentionDays: 60 },
};

describe('how often n8n evaluates a parameter', () => {
	it('once per run without an expression, however many items there are', async () => {
		const questions = await runCounted(FIXED);
		// The outputs, and whether it is only checked, are read for the run as a whole.
		expect(questions.moreThan(2)).toEqual([]);
	});

	it('once per item with an expression, however many readers there are', async () => {
		const questions = await runCounted(
			{
				...FIXED,
				...withCustomKey('={{ $json.order.trim() }}'),
				amount: '={{ $json.amount * 1 }}',
				additionalFields: {
					description: '={{ $json.order.trim() }}',
					metadata: { entry: [{ key: 'order', value: '={{ $json.order.trim() }}' }] },
				},
				options: { chargeAtMostPerItem: '={{ $json.most.trim() }}' },
			},
			orders(() => ({ most: '100 EUR' })),
		);
		// By what the first item says, the run is routed.
		expect(questions.moreThan(ITEMS + 1)).toEqual([]);
		expect(questions.counts.get('getNodeParameter customKey')).toBe(ITEMS);
	});

	it('a field of the item itself is read directly once n8n has returned the same for the first item', async () => {
		const questions = await runCounted({ ...FIXED, amount: '={{ $json.amount }}' });
		expect(questions.counts.get('getNodeParameter amount')).toBe(1);
	});
});

describe('an expression', () => {
	const paramsOf = () =>
		fixture.simulator.requests
			.filter(({ method }) => method === 'POST')
			.map(({ params }) => params)
			.sort((a, b) => Number(a.amount) - Number(b.amount));
	const beside = (additionalFields: INodeParameters): INodeParameters => ({ additionalFields });
	const perItem = (value: (n: number) => unknown) => Array.from({ length: ITEMS }, (_, n) => value(n));

	it.each<
		[
			place: string,
			parameters: INodeParameters,
			sent: (params: IDataObject) => unknown,
			each: (n: number) => unknown,
		]
	>([
		[
			'a field',
			beside({ description: '={{ $json.order }}' }),
			(params) => params.description,
			(n) => `order-${n}`,
		],
		[
			'a text around it',
			beside({ description: '=No. {{ $json.order }}!' }),
			(params) => params.description,
			(n) => `No. order-${n}!`,
		],
		[
			'a row of a list',
			beside({
				metadata: {
					entry: [
						{ key: 'shop', value: 'north' },
						{ key: 'order', value: '={{ $json.order }}' },
					],
				},
			}),
			(params) => (params.metadata as IDataObject).order,
			(n) => `order-${n}`,
		],
		[
			'the name in a row of a list',
			beside({ metadata: { entry: [{ key: '={{ "of_" + $json.order }}', value: 'north' }] } }),
			(params) => (params.metadata as IDataObject)[`of_order-${Number(params.amount) - 1_000}`],
			() => 'north',
		],
		[
			'JSON as text',
			beside({ otherParameters: '={ "metadata": { "order": "{{ $json.order }}" } }' }),
			(params) => (params.metadata as IDataObject).order,
			(n) => `order-${n}`,
		],
		[
			'a JSON field that is not a text',
			beside({ otherParameters: { metadata: { order: '={{ $json.order }}' } } }),
			(params) => (params.metadata as IDataObject).order,
			(n) => `order-${n}`,
		],
		[
			'another field alone',
			{ currency: '={{ $json.currency }}' },
			(params) => params.currency,
			(n) => (n % 2 ? 'usd' : 'eur'),
		],
	])('in %s gives each item its own value', async (_place, parameters, sent, each) => {
		const items = orders((n) => ({ currency: n % 2 ? 'usd' : 'eur' }));
		await fixture.run({ ...FIXED, amount: '={{ $json.amount }}', ...parameters }, items);
		expect(paramsOf().map((params) => params.amount)).toEqual(perItem((n) => String(1_000 + n)));
		expect(paramsOf().map((params) => sent(params as IDataObject))).toEqual(perItem(each));
	});

	it('in a selected object gives each item its own', async () => {
		const customers = await Promise.all(orders().map(() => fixture.stripe.customers.create({})));
		fixture.forgetRequests();
		const items = orders((n) => ({ customer: customers[n]?.id }));
		const customer = toLocator('id', '={{ $json.customer }}');
		await fixture.run({ ...FIXED, amount: '={{ $json.amount }}', customer }, items);
		expect(paramsOf().map((params) => params.customer)).toEqual(customers.map(({ id }) => id));
	});

	it('in a key gives each item a key of its own', async () => {
		await fixture.run({ ...FIXED, ...withCustomKey('={{ $json.order }}') }, orders());
		expect(new Set(fixture.simulator.sends().map(({ key }) => key)).size).toBe(ITEMS);
	});

	it('in the name of a key field is read for each item', async () => {
		const keyFields = { field: [{ path: '={{ $json.by }}', treatAs: 'text' }] };
		await fixture.run({ ...FIXED, keyFields }, [
			{ order: '1', number: '2', by: 'order' },
			{ order: '1', number: '2', by: 'number' },
			{ order: '1', number: '2', by: 'order' },
		]);
		expect(fixture.charges()).toBe(2);
	});

	it('in an option applies to its own item only', async () => {
		const options = { chargeAtMostPerItem: '={{ $json.most }}' };
		const items = orders((n) => ({ most: n % 2 ? '5 EUR' : '100 EUR' }));
		const { success, fix } = await fixture.run({ ...FIXED, options }, items);
		expect(success.map(({ metadata }) => metadata)).toHaveLength(ITEMS / 2);
		expect(fix.map(({ error }) => error.outcome)).toEqual(Array(ITEMS / 2).fill('blocked'));
	});

	it('in the ledger file gives each item its own', async () => {
		const ledgerFile = `={{ "${fixture.folder}/" + $json.order + ".sqlite" }}`;
		const one = [{ order: '1' }, { order: '2' }];
		await fixture.run({ ...FIXED, ledgerFile }, one);
		const again = await fixture.run({ ...FIXED, ledgerFile: `${fixture.folder}/1.sqlite` }, one);
		expect(again.success.map(({ idempotency }) => idempotency.source)).toEqual(['ledger', 'stripe']);
	});
});

it('an invalid parameter without an expression: every item is refused, by its own number', async () => {
	const { fix } = await fixture.run({ ...FIXED, currency: 'euros' }, orders());
	expect(fix.map(({ error }) => /^\[Item \d+\] Currency/.exec(error.message)?.[0])).toEqual(
		orders().map((_order, n) => `[Item ${n}] Currency`),
	);
	expect(fixture.charges()).toBe(0);
});
