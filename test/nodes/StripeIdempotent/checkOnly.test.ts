import type { IDataObject, INodeExecutionData, INodeParameters } from 'n8n-workflow';

import { systemTime } from '../../../ledger/clock';
import { Ledger } from '../../../ledger/ledger';
import { SqliteStore } from '../../../ledger/stores/sqlite/sqliteStore';
import { connect, runWorkflow, START } from '../../engine';
import { nodeUnderTest } from '../../engine/runNode';
import { CHARGE, EMPTY_CARD, OrdersFixture, toLocator, withOptions } from '../fixtures/ordersFixture';

let fixture: OrdersFixture;
beforeEach(async () => {
	fixture = await OrdersFixture.open();
});
afterEach(() => fixture.close());

const CHECK = { ...CHARGE, ...withOptions({ checkOnly: true }) };

type Run = Parameters<OrdersFixture['run']>;

interface CheckedItem {
	order?: string;
	checked: {
		answer: string;
		message: string;
		before?: object;
		differences?: object;
		run: { summary: string };
	};
}

async function check(parameters: Run[0], items: Run[1]) {
	const { items: outputs } = await fixture.run(parameters, items);
	expect(outputs).toHaveLength(1);
	return outputs[0]!.map(({ json }) => json as unknown as CheckedItem);
}

const writes = () => fixture.simulator.requests.filter(({ method }) => method !== 'GET');

describe('Check Only', () => {
	it('reports what a run would do with each item, sends nothing, and passes on the input', async () => {
		await fixture.run(CHARGE, [{ order: 'paid' }, { order: 'poor', card: EMPTY_CARD }]);
		fixture.forgetRequests();
		const checkResults = await check(CHECK, [
			{ order: 'new', customer: 'Ann' },
			{ order: 'paid' },
			{ order: 'paid', amount: 2000 },
			{ order: 'poor', card: EMPTY_CARD },
			{ order: '' },
			{ order: 'new', amount: 5 },
			{ order: 'yen', amount: 500, currency: 'JPY' },
		]);
		expect(writes()).toEqual([]);
		expect(fixture.charges()).toBe(1);
		expect(checkResults.map(({ checked }) => checked.answer)).toEqual([
			'new',
			'doneBefore',
			'twin',
			'refused',
			'refused',
			'twin',
			'new',
		]);
		expect(checkResults[0]).toMatchObject({
			order: 'new',
			customer: 'Ann',
			checked: { amount: '19.99', currency: 'eur', inWords: '19.99 EUR' },
		});
		expect(checkResults[1]!.checked.before).toMatchObject({
			state: 'succeeded',
			executionId: expect.any(String) as unknown,
			settledAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT/) as unknown,
			objectId: expect.stringMatching(/^pi_/) as unknown,
		});
		expect(checkResults[5]!.checked).toMatchObject({
			twinOf: 0,
			message: expect.stringContaining('19.99 EUR → 0.05 EUR') as unknown,
		});
		expect(checkResults[0]!.checked.run.summary).toBe(
			'7 items: 2 new (19.99 EUR, 500 JPY), 1 completed before (19.99 EUR), 2 refused (19.99 EUR), 2 twins. Nothing was sent.',
		);
	});

	it('counts twins once', async () => {
		const [item] = await check(CHECK, [{ order: '1' }, { order: '1' }]);
		expect(item!.checked.run.summary).toBe('2 items: 1 new (19.99 EUR), 1 twin. Nothing was sent.');
	});

	it('reports it in a sentence beside the items, which start with the finding', async () => {
		const parameters = { ...CHARGE, ...withOptions({ checkOnly: true }) };
		const { items, hints } = await fixture.run(parameters, [
			{ order: '1', checked: 'last week', check: 'x' },
		]);
		expect(hints('Node').map(({ message }) => message)).toEqual([
			'1 item: 1 new (19.99 EUR). Nothing was sent.',
		]);
		expect(Object.keys(items[0]![0]!.json)).toEqual(['checked', 'check', 'order']);
		expect(items[0]![0]!.json.checked).toMatchObject({ answer: 'new' });
	});

	it('names the fields of a conflict', async () => {
		await fixture.run(CHARGE, [{ order: '1' }]);
		const [item] = await check(CHECK, [{ order: '1', amount: 2000 }]);
		const { checked } = item!;
		expect(checked).toMatchObject({
			answer: 'conflict',
			message: expect.stringContaining('19.99 EUR → 20.00 EUR') as unknown,
		});
		expect(checked.differences).toMatchObject([{ name: 'amount' }]);
	});

	it('reports what is in doubt, and what a limit would refuse', async () => {
		fixture.simulator.inject({ kind: 'error503', times: Infinity });
		await fixture.run(CHARGE, [{ order: 'lost' }]);
		fixture.forgetRequests();
		const limited = { ...CHARGE, ...withOptions({ checkOnly: true, chargeAtMostPerRun: '30 EUR' }) };
		const checkResults = await check(limited, [{ order: 'lost' }, { order: '1' }, { order: '2' }]);
		expect(checkResults.map(({ checked }) => checked.answer)).toEqual(['unknown', 'new', 'refused']);
		expect(checkResults[2]!.checked.message).toMatch(/Charge at Most per Run is 30\.00 EUR/);
		expect(writes()).toEqual([]);
	});

	it('reports that another run is sending it now, and which', async () => {
		const checkResults: CheckedItem[] = [];
		const stop = fixture.simulator.onPoint(async ({ name, request }) => {
			if (name !== 'executing' || request.method !== 'POST') return;
			stop();
			checkResults.push(
				...(await check(CHECK, [{ order: '1' }, { order: '2', amount: 500, currency: 'JPY' }])),
			);
		});
		await fixture.run(CHARGE, [{ order: '1' }], { executionId: '4711' });
		expect(checkResults[0]!.checked).toMatchObject({
			answer: 'busy',
			before: { state: 'in_flight', executionId: '4711', node: 'Node' },
		});
		expect(checkResults[0]!.checked.run).toMatchObject({
			summary: '2 items: 1 new (500 JPY), 1 busy (19.99 EUR). Nothing was sent.',
			items: 2,
			new: { items: 1, money: [{ currency: 'jpy', amount: '500', amountMinor: 500 }] },
			busy: { items: 1, money: [{ currency: 'eur', amount: '19.99', amountMinor: 1999 }] },
		});
		expect(fixture.charges()).toBe(1);
	});

	it('set by an expression is refused: nothing is sent', async () => {
		for (const value of ['={{ true }}', '={{ false }}']) {
			const parameters = { ...CHARGE, ...withOptions({ checkOnly: value }) };
			const { fix } = await fixture.run(parameters, [{ order: '1' }]);
			expect(JSON.stringify(fix)).toMatch(/Check Only is not a fixed value/);
		}
		expect(writes()).toEqual([]);
	});

	it('for a read is refused, as there is nothing to check', async () => {
		const read = { resource: 'balance', operation: 'get', ...withOptions({ checkOnly: true }) };
		expect(await check(read, [{}])).toMatchObject([{ checked: { answer: 'refused' } }]);
	});

	it('predicts what the run then does, for each state of an item', async () => {
		const orders = [
			{ order: 'a' },
			{ order: 'b', card: EMPTY_CARD },
			{ order: 'c', amount: 700 },
			{ order: 'd' },
		];
		await fixture.run(CHARGE, orders.slice(0, 2));
		const changed = orders.map((order) => (order.order === 'a' ? { ...order, amount: 1 } : order));
		for (const items of [orders, changed, orders]) {
			const checkResults = await check(CHECK, items);
			const run = await fixture.run({ ...CHARGE, ...withOptions({ duplicates: 'output' }) }, items);
			expect(checkResults.map(({ checked }) => checked.answer)).toEqual(answersOf(run.items));
		}
	});
});

describe('Check Only in an active workflow', () => {
	/** Charges an order, and pays the seller from what leaves through the first output. */
	async function dryRun(seller: INodeParameters, options: INodeParameters) {
		const charge = { ...fixture.node({ ...CHARGE, ...withOptions(options) }), name: 'Charge' };
		const pay = {
			...fixture.node({
				resource: 'transfer',
				operation: 'create',
				destination: toLocator('id', 'acct_seller'),
				amount: '500',
				amountUnit: 'minor',
				currency: 'EUR',
				keyFields: CHARGE.keyFields!,
				...seller,
			}),
			name: 'Pay the Seller',
		};
		const run = fixture.options({ items: [{ order: '1' }] });
		const nodes = [charge, pay].map((node) => ({ ...nodeUnderTest(node, run), name: node.name }));
		const workflow = {
			nodes: [{ name: 'Start', type: START }, ...nodes],
			connections: connect(
				{ from: 'Start', to: 'Charge' },
				{ from: 'Charge', output: 0, to: 'Pay the Seller' },
			),
		};
		return await runWorkflow(workflow, run);
	}

	const entries = () => new Ledger(SqliteStore.open(fixture.ledgerFile), systemTime).list({ limit: 10 });

	it('starts no payment behind Success, reports why and what to do, and leaves no row in the ledger', async () => {
		const result = await dryRun({}, { checkOnly: true });
		const [success, fix] = result.outputs('Pay the Seller');
		expect(success).toEqual([]);
		expect(fix![0]!.json.error).toMatchObject({
			outcome: 'refused',
			message:
				'[Item 0] The item was only checked: it comes from a node with Check Only on, and it was not approved.',
			nextStep: expect.stringMatching(/^Switch Check Only off there\. .*Approved Check/) as string,
		});
		expect(fixture.simulator.sends()).toEqual([]);
		expect(await entries()).toEqual([]);
	});

	it('may be followed by another node that checks', async () => {
		const result = await dryRun(withOptions({ checkOnly: true }), { checkOnly: true });
		const [checked] = result.outputs('Pay the Seller');
		expect(checked).toMatchObject([{ json: { checked: { answer: 'new' } } }]);
		expect(await entries()).toEqual([]);
	});
});

/** How the items of a run left, in their order, in the words of Check Only. */
function answersOf([success, fix, retry, duplicate]: INodeExecutionData[][]): string[] {
	const names = new Map<number, string>();
	const note = (items: INodeExecutionData[] = [], name: (json: IDataObject) => string) => {
		for (const { json, pairedItem } of items)
			names.set((pairedItem as { item: number }).item, name(json));
	};
	note(success, () => 'new');
	note(retry, () => 'unknown');
	note(duplicate, () => 'doneBefore');
	note(fix, ({ error }) => ((error as IDataObject).outcome === 'conflict' ? 'conflict' : 'refused'));
	return [...names].toSorted(([one], [other]) => one - other).map(([, name]) => name);
}
