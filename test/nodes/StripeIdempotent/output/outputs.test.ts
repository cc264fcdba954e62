import type { INode, INodeParameters, INodeType } from 'n8n-workflow';
import { NodeHelpers, Workflow } from 'n8n-workflow';

import { StripeIdempotent } from '../../../../nodes/StripeIdempotent/StripeIdempotent.node.ts';
import { SHORTEST_WAIT_BETWEEN_TRIES } from '../../../engine';
import type { FaultKind } from '../../../simulator/simulator';
import type { OrdersOutputItem } from '../../fixtures/ordersFixture';
import { CHARGE, EMPTY_CARD, withOptions, OrdersFixture } from '../../fixtures/ordersFixture';

let fixture: OrdersFixture;
beforeEach(async () => {
	fixture = await OrdersFixture.open();
});
afterEach(() => fixture.close());

const DUPLICATES = withOptions({ duplicates: 'output' });
const orders = (...names: string[]) => names.map((order) => ({ order }));

/** What n8n's editor and engine make of the description's expression. */
function outputsInEditor(parameters: INodeParameters, onError?: INode['onError']): unknown[] {
	const node = { ...fixture.node(parameters), id: '1', name: 'Node', typeVersion: 1, onError } as INode;
	node.position = [0, 0];
	const { description } = new StripeIdempotent();
	const nodeType = { description } as INodeType;
	const nodeTypes = {
		getByName: () => nodeType,
		getByNameAndVersion: () => nodeType,
		getKnownTypes: () => ({}),
	};
	const workflow = new Workflow({ nodes: [node], connections: {}, active: false, nodeTypes });
	return NodeHelpers.getNodeOutputs(workflow, workflow.getNode('Node')!, description);
}

describe('the outputs in the editor', () => {
	const THREE = [
		{ type: 'main', displayName: 'Success' },
		{ type: 'main', displayName: 'Fix (4xx)' },
		{ type: 'main', displayName: 'Retry (5xx)' },
	];

	it('are three', () => {
		expect(outputsInEditor(CHARGE)).toEqual(THREE);
		expect(outputsInEditor({ ...CHARGE, ...withOptions({ duplicates: 'success' }) })).toEqual(THREE);
	});

	it('are four when duplicates have their own', () => {
		const duplicate = { type: 'main', displayName: 'Duplicate' };
		expect(outputsInEditor({ ...CHARGE, ...DUPLICATES })).toEqual([...THREE, duplicate]);
	});

	it('are one more with the summary item, behind all others', () => {
		const [duplicate, summary] = ['Duplicate', 'Summary'].map((displayName) => ({
			type: 'main',
			displayName,
		}));
		const options = { summaryItem: true };
		expect(outputsInEditor({ ...CHARGE, ...withOptions(options) })).toEqual([...THREE, summary]);
		expect(outputsInEditor({ ...CHARGE, ...withOptions({ ...options, duplicates: 'output' }) })).toEqual([
			...THREE,
			duplicate,
			summary,
		]);
	});

	it('is one when nothing is sent, whatever other outputs were asked for', () => {
		const options = { checkOnly: true, summaryItem: true, duplicates: 'output' };
		expect(outputsInEditor({ ...CHARGE, ...withOptions(options) })).toEqual([
			{ type: 'main', displayName: 'Checked' },
		]);
	});

	it('are one more when n8n adds its own for errors', () => {
		expect(outputsInEditor(CHARGE, 'continueErrorOutput')).toEqual([
			...THREE,
			expect.objectContaining({ category: 'error' }),
		]);
	});

	it('are those that the engine uses', async () => {
		expect((await fixture.run(CHARGE, orders('1'))).items).toHaveLength(3);
		expect((await fixture.run({ ...CHARGE, ...DUPLICATES }, orders('1'))).items).toHaveLength(4);
	});
});

describe('every item leaves through exactly one output', () => {
	it('according to its result, paired with its input item', async () => {
		fixture.simulator.inject({
			kind: 'error503',
			times: Infinity,
			match: { metadata: { order: 'lost' } },
		});
		await fixture.run({ ...CHARGE, ...DUPLICATES }, orders('known'));
		const parameters = {
			...CHARGE,
			...DUPLICATES,
			additionalFields: {
				metadata: { entry: [{ key: 'order', value: '={{ $json.fate ?? "" }}' }] },
			},
		};
		const result = await fixture.run(parameters, [
			{ order: 'declined', card: EMPTY_CARD },
			{ order: 'new' },
			{ order: 'lost', fate: 'lost' },
			{ order: '' },
			{ order: 'other' },
		]);
		expect(
			result.items.map((items) =>
				items.map(({ json, pairedItem }) => [json.id !== undefined, pairedItem]),
			),
		).toEqual([
			[
				[true, { item: 1 }],
				[true, { item: 4 }],
			],
			[
				[false, { item: 0 }],
				[false, { item: 3 }],
			],
			[[false, { item: 2 }]],
			[],
		]);
	});

	it('in the order of the items, however late the responses arrive', async () => {
		const fates: FaultKind[] = ['decline', 'error503', 'delay'];
		const items = Array.from({ length: 30 }, (_, n) => ({ order: `${n}`, fate: `${n % 4}` }));
		fates.forEach((kind, fate) => {
			const match = { metadata: { fate: `${fate}` } };
			fixture.simulator.inject({ kind, times: Infinity, delayMs: 7, match });
		});
		let count = 0;
		fixture.simulator.onPoint(async ({ name }) => {
			// Every second request waits for some turns of the event loop, so that answers overtake each other.
			if (name !== 'answering' || ++count % 2 === 0) return;
			for (let turn = 0; turn < 40; turn++) await new Promise(setImmediate);
		});
		const metadata = { entry: [{ key: 'fate', value: '={{ $json.fate ?? "" }}' }] };
		const result = await fixture.run({ ...CHARGE, additionalFields: { metadata } }, items);

		const positions = result.items.map((output) =>
			output.map(({ pairedItem }) => (pairedItem as { item: number }).item),
		);
		const withFate = (...wanted: string[]) =>
			items.flatMap(({ fate }, n) => (wanted.includes(fate) ? [n] : []));
		expect(positions).toEqual([withFate('2', '3'), withFate('0'), withFate('1')]);
	});
});

describe('concurrency', () => {
	/** The most requests that Stripe had at the same time, where it answers none before so many have come. */
	async function mostAtOnce(expected: number, concurrency?: number): Promise<number> {
		let now = 0;
		let most = 0;
		const { promise: haveCome, resolve: come } = Promise.withResolvers<null>();
		fixture.simulator.onPoint(async ({ name, request }) => {
			if (request.method !== 'POST') return;
			if (name === 'received') most = Math.max(most, ++now);
			if (now === expected) come(null);
			if (name === 'executing') {
				await haveCome;
				// Time for one too many.
				for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate);
			}
			if (name === 'answering') now--;
		});
		const items = Array.from({ length: 40 }, (_, n) => ({ order: `${n}` }));
		const chosen = concurrency === undefined ? {} : withOptions({ concurrency });
		await fixture.run({ ...CHARGE, ...chosen }, items);
		expect(fixture.charges()).toBe(40);
		return most;
	}

	it('is as high as the rate allows by default', async () => {
		expect(await mostAtOnce(40)).toBe(40);
	});

	it.each([1, 12])('is %p when set', async (concurrency) => {
		expect(await mostAtOnce(concurrency, concurrency)).toBe(concurrency);
	});
});

const KEY = /^n8n_v1_[A-Za-z0-9_-]{43}$/;
const ID = /^v1_[A-Za-z0-9_-]{43}$/;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

const IDEMPOTENCY = {
	key: expect.stringMatching(KEY) as string,
	entryId: expect.stringMatching(ID) as string,
	attempt: 1,
	firstSentAt: expect.stringMatching(TIME) as string,
	settledAt: expect.stringMatching(TIME) as string,
	requestId: expect.stringMatching(/^req_/) as string,
	alreadyDone: false,
	dashboardUrl: null,
};

describe('an item that leaves', () => {
	it("through Success is the Stripe object, with the ledger's data", async () => {
		const [outputItem] = (await fixture.run({ ...CHARGE, simplify: false }, orders('1'))).success;
		const { idempotency, ...object } = outputItem!;
		const inStripe = await fixture.stripe.paymentIntents.retrieve(object.id as string);
		const { client_secret: _secret, ...shown } = inStripe;
		expect(object).toMatchObject(JSON.parse(JSON.stringify(shown)) as object);
		expect(idempotency).toEqual({
			...IDEMPOTENCY,
			state: 'succeeded',
			sends: 1,
			replayed: false,
			source: 'stripe',
			paymentState: 'paid',
			dashboardUrl: `https://dashboard.stripe.com/test/payments/${object.id as string}`,
		});
	});

	it('again is the same object, from the ledger', async () => {
		const [first] = (await fixture.run(CHARGE, orders('1'))).success;
		const [again] = (await fixture.run(CHARGE, orders('1'))).success;
		expect(again).toEqual({
			...first,
			idempotency: { ...first!.idempotency, replayed: true, source: 'ledger' },
		});
	});

	it('through Fix has what happened, its input, and what to do', async () => {
		const item = { order: '1', card: EMPTY_CARD, note: { deep: [1, { a: 2 }] } };
		const [outputItem] = (await fixture.run(CHARGE, [item])).fix;
		expect(outputItem).toEqual({
			error: {
				outcome: 'rejected',
				statusCode: 402,
				type: 'card_error',
				code: 'card_declined',
				declineCode: 'insufficient_funds',
				adviceCode: outputItem!.error.adviceCode,
				objectId: expect.stringMatching(/^pi_/) as string,
				param: null,
				message: '[Item 0] The payment was declined: Your card has insufficient funds.',
				requestId: outputItem!.idempotency.requestId,
				retryable: false,
				retryAfterSeconds: null,
				nextStep:
					'To try the same payment method again, e.g. in a few days, run the node manually, or set After Rejection to New Attempt. Otherwise, ask the customer for a different payment method.',
			},
			input: item,
			idempotency: {
				...IDEMPOTENCY,
				state: 'rejected',
				sends: 1,
				replayed: false,
				source: 'stripe',
				dashboardUrl: expect.stringMatching(/^https:.*pi_\w+$/) as string,
			},
		});
	});

	it('through Retry says that it can be run again', async () => {
		fixture.simulator.inject({ kind: 'error503', times: Infinity });
		const [outputItem] = (await fixture.run(CHARGE, orders('1'))).retry;
		expect(outputItem!.error).toMatchObject({ outcome: 'unknown', statusCode: 503, retryable: true });
		expect(outputItem!.error.nextStep).toBe(
			'Retry later with the same item. The same idempotency key is used, so nothing is charged twice. Do not start a new payment for it.',
		);
		expect(outputItem!.idempotency).toEqual({
			...IDEMPOTENCY,
			state: 'unknown',
			sends: 3,
			replayed: false,
			source: 'stripe',
			dashboardUrl: expect.stringMatching(/search\?query=metadata%3Av1_/) as string,
		});
	});

	it('through Retry because of a long wait says how long Stripe asks to wait', async () => {
		fixture.simulator.inject({ kind: 'rateLimit429', times: Infinity });
		const [outputItem] = (await fixture.run(CHARGE, orders('1'))).retry;
		expect(outputItem!.error).toMatchObject({
			outcome: 'rate_limited',
			statusCode: 429,
			retryable: true,
		});
		expect(outputItem!.idempotency.state).toBe('released');
	});

	it('keeps its binary data on the error outputs', async () => {
		const binary = { invoice: { data: 'aGk=', mimeType: 'text/plain', fileName: 'invoice.txt' } };
		fixture.simulator.inject({ kind: 'error503', times: Infinity });
		const result = await fixture.run(CHARGE, [
			{ json: { order: '' }, binary },
			{ json: { order: '1' }, binary },
		]);
		expect(result.items[1]![0]!.binary).toEqual(binary);
		expect(result.items[2]![0]!.binary).toEqual(binary);
	});

	it('keeps an invoice number of 12 digits: it is not a card number', async () => {
		// The last of them passes the check digit of a card.
		const numbers = ['202611240001', '601234567896', 601_234_567_896];
		const additionalFields = { metadata: { entry: [{ key: 'number', value: '={{ $json.order }}' }] } };
		for (const order of numbers) {
			const item = { order, invoice: { number: order } };
			const parameters = { ...CHARGE, additionalFields, simplify: false };
			const { success } = await fixture.run(parameters, [item]);
			const { fix } = await fixture.run({ ...parameters, amount: 2999 }, [item]);
			expect(success[0] ?? fix[0]).toBeDefined();
			if (success[0]) expect(success[0].metadata).toMatchObject({ number: String(order) });
			expect(fix[0]!.input).toEqual(item);
			expect(fix[0]!.error.message).toContain(`(order ${order})`);
		}
		expect(fixture.charges()).toBe(2);
	});

	it('is a conflict if the same key has different values, and names them', async () => {
		await fixture.run(CHARGE, orders('1'));
		const [outputItem] = (await fixture.run(CHARGE, [{ order: '1', amount: 2999 }])).fix;
		expect(outputItem!.error).toMatchObject({
			outcome: 'conflict',
			message:
				'[Item 0] This (order 1) was already completed with different values, so nothing was sent: Amount: 19.99 EUR → 29.99 EUR.',
			retryable: false,
		});
		expect(outputItem!.idempotency).toMatchObject({ state: 'succeeded', source: 'ledger' });
		expect(fixture.charges()).toBe(1);
	});

	it('reports a conflict without values if they are not stored', async () => {
		const parameters = { ...CHARGE, ...withOptions({ storeParameters: false }) };
		await fixture.run(parameters, orders('1'));
		const [outputItem] = (await fixture.run(parameters, [{ order: '1', amount: 2999 }])).fix;
		expect(outputItem!.error.message).toMatch(
			/a parameter that is not stored in the ledger has changed\.$/,
		);
		expect(fixture.charges()).toBe(1);
	});
});

const states = (items: OrdersOutputItem[]) => items.map(({ idempotency }) => idempotency.replayed);

describe('Duplicate', () => {
	const parameters = { ...CHARGE, ...DUPLICATES };

	it('receives what an earlier run has executed', async () => {
		await fixture.run(parameters, orders('1', '2'));
		const result = await fixture.run(parameters, orders('1', '3', '2'));
		expect(result.success).toHaveLength(1);
		expect(states(result.duplicate)).toEqual([true, true]);
		expect(result.items[3]!.map(({ pairedItem }) => pairedItem)).toEqual([{ item: 0 }, { item: 2 }]);
	});

	it('receives the twin in a batch, and Success the first of the two', async () => {
		const result = await fixture.run(parameters, orders('1', '1', '2', '1'));
		expect(result.items.map((items) => items.map(({ pairedItem }) => pairedItem))).toEqual([
			[{ item: 0 }, { item: 2 }],
			[],
			[],
			[{ item: 1 }, { item: 3 }],
		]);
		expect(fixture.charges()).toBe(2);
	});

	it('receives no rejection: that is still on Fix', async () => {
		const items = [{ order: '1', card: EMPTY_CARD }];
		await fixture.run(parameters, items);
		const result = await fixture.run(parameters, items);
		expect(result.duplicate).toEqual([]);
		expect(result.fix).toMatchObject([
			{ error: { outcome: 'rejected' }, idempotency: { replayed: true, source: 'ledger' } },
		]);
		expect(fixture.simulator.sends()).toHaveLength(1);
	});

	it('stays empty when Retry On Fail returns what its own first try has executed', async () => {
		fixture.simulator.inject({ kind: 'error500NotStored', match: { nth: 3 } });
		const result = await fixture.run(
			{ ...CHARGE, ...withOptions({ duplicates: 'output', serverErrors: 'throw', maxRetries: 0 }) },
			orders('1', '2', '3', '4', '5'),
			{ node: { retryOnFail: true, maxTries: 2, waitBetweenTries: SHORTEST_WAIT_BETWEEN_TRIES } },
		);
		expect(result.error).toBeUndefined();
		expect(result.duplicate).toEqual([]);
		expect(result.success).toHaveLength(5);
		expect(fixture.charges()).toBe(5);
	});

	it('without its own output is a marked success', async () => {
		await fixture.run(CHARGE, orders('1'));
		const result = await fixture.run(CHARGE, orders('1', '2'));
		expect(result.items).toHaveLength(3);
		expect(states(result.success)).toEqual([true, false]);
	});
});
