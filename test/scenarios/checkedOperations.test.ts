import { DatabaseSync } from 'node:sqlite';

import { ANY_ORDER, NodeFixture } from '../nodes/fixtures/nodeFixture';
import type { NodeOutputItem } from '../nodes/fixtures/nodeFixture';
import { STRIPE_RESOURCES } from '../../nodes/StripeIdempotent/operations';
import { sampleRows } from '../crash/soak';
import { stripeAt } from '../simulator/client';
import { operationOf, prepareItem } from './operationSample';
import { OPERATION_SAMPLES } from './operationSamples';

/** POST, but only a question. */
const PREVIEW = '/v1/invoices/create_preview';

let fixture: NodeFixture;
beforeAll(async () => {
	fixture = await NodeFixture.start();
	await fixture.run([ANY_ORDER]);
});
afterAll(() => fixture.stop());

describe('Check Only of every operation', () => {
	it.each(sampleRows(3, [...OPERATION_SAMPLES.keys()]))(
		'%s: sends nothing, writes nothing, and a run does what was approved, once',
		async (name) => {
			const { prepare, ageMs = 0, parameters } = OPERATION_SAMPLES.get(name)!;
			const made = await prepareItem(
				{ prepare, parameters },
				stripeAt(fixture.stripe, 'sk_test_operations'),
			);
			fixture.time.advance(ageMs);
			const item = { order: name, amount: 300, ...made };
			const checked = await check(name, item);
			expect(checked).toMatchObject({
				checked: { answer: 'new' },
				check: expect.any(String) as string,
			});
			const { success, fix, retry } = await run(
				name,
				{ ...item, check: checked.check },
				{ approvedCheck: '={{ $json.check }}' },
			);
			expect([...fix, ...retry].map(({ json }) => json.error)).toEqual([]);
			expect(success).toHaveLength(1);
			expect(await check(name, item)).toMatchObject({ checked: { answer: 'doneBefore' } });
		},
	);
});

/** What Check Only tells of an item, once it is clear that this is all it did. */
async function check(name: string, item: Item): Promise<NodeOutputItem['json']> {
	const before = dumpLedger();
	const begin = fixture.stripe.requests.length;
	const { success } = await run(name, item, { checkOnly: true });
	const changing = fixture.stripe.requests
		.slice(begin)
		.filter(({ method, path }) => method !== 'GET' && path !== PREVIEW);
	expect(changing).toEqual([]);
	expect(dumpLedger()).toEqual(before);
	return success[0]!.json;
}

/** Every row of every table. */
function dumpLedger(): Record<string, unknown[]> {
	const database = new DatabaseSync(fixture.ledgerFile, { readOnly: true });
	try {
		const tables = database.prepare(`SELECT name FROM sqlite_master WHERE type = 'table'`).all();
		return Object.fromEntries(
			tables.map(({ name }) => [
				name as string,
				database.prepare(`SELECT * FROM "${String(name)}"`).all(),
			]),
		);
	} finally {
		database.close();
	}
}

interface Item {
	[name: string]: unknown;
	order: string;
	amount: number;
}

function run(name: string, item: Item, options: object) {
	const [resource = '', operation = ''] = operationOf(name).split('.');
	const row = STRIPE_RESOURCES.find(({ value }) => value === resource)?.operations.find(
		({ value }) => value === operation,
	);
	const isTerminal = row?.kind === 'write' && row.class === 'terminal';
	const keySource = isTerminal ? 'object' : 'fields';
	const own = { amount: '', paymentMethod: '', ...OPERATION_SAMPLES.get(name)!.parameters };
	return fixture.run([item as never], {
		parameters: {
			resource,
			operation,
			keySource,
			...own,
			options: {
				timeoutSeconds: 60,
				maxRetries: 0,
				...(own as { options?: object }).options,
				...options,
			},
		},
	});
}
