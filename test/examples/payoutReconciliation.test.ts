import type { IDataObject } from 'n8n-workflow';

import { PAID } from '../simulator/client';
import { allItems, ExampleFixture, messagesOf } from './exampleFixture';

const example = ExampleFixture.use('payout-reconciliation');

const EVERY_MORNING = { trigger: 'Every Morning at Seven' };

const LINES = '/v1/balance_transactions';

/** More than Stripe gives on a page. */
const MANY = 101;

const files = (result: Awaited<ReturnType<typeof example.run>>) =>
	result
		.runs('Keep the File')
		.flatMap(({ data }) => (data?.main?.[0] ?? []).map(({ binary }) => binary!.data!));

const rowsOf = (file: IDataObject | { data: string }) =>
	Buffer.from(file.data as string, 'base64')
		.toString()
		.trimEnd()
		.split('\n');

it('writes a file per payout with all lines, and the same file in the next run', async () => {
	expect(allItems(await example.run(), 'Nothing to Read Yet')).toHaveLength(1);
	for (let n = 0; n < MANY; n++) await example.api.paymentIntents.create({ ...PAID, amount: 1000 });
	const { id } = (await example.api.charges.list({ limit: 1 })).data[0]!;
	await example.api.refunds.create({ charge: id, amount: 400 });
	example.stripe.payOut();

	const first = await example.run(EVERY_MORNING);
	expect(messagesOf(first)).toEqual([]);
	const [euros, dollars] = files(first)
		.map(rowsOf)
		.sort((a, b) => a.length - b.length);
	expect(euros).toHaveLength(3);
	expect(euros?.at(-1)).toMatch(/^po_\w+,\d{4}-\d\d-\d\d,,total,,,49\.00,1\.72,47\.28,EUR$/);
	expect(dollars).toHaveLength(1 + MANY + 1 + 1);
	expect(dollars?.at(-1)).toMatch(/,total,,,1006\.00,59\.59,946\.41,USD$/);
	const sends = example.stripe.sends().length;
	expect(files(await example.run(EVERY_MORNING))).toEqual(files(first));
	expect(example.stripe.sends()).toHaveLength(sends);
});

describe('a payout of one payment', () => {
	beforeEach(async () => {
		await example.run();
		example.stripe.payOut();
	});

	it('is read again if Stripe was busy in between', async () => {
		example.stripe.inject({ kind: 'error503', times: 1, match: { method: 'GET', path: LINES } });
		const result = await example.run(EVERY_MORNING);
		expect(result.runs('Wait Five Minutes')).toHaveLength(1);
		expect(files(result)).toHaveLength(1);
		expect(messagesOf(result)).toEqual([]);
	});

	it('writes no file if the total does not match or it cannot be read, and reports it', async () => {
		const changes = { 'Its Lines': { filters: { type: 'refund' } } };
		const wrong = await example.run({ ...EVERY_MORNING, changes });
		expect(messagesOf(wrong)).toEqual([
			expect.stringMatching(/^Payout po_\w+ is 47\.28 EUR, but its 0 lines come to 0\.00 EUR\./),
		]);
		example.stripe.inject({ kind: 'error503', times: Infinity, match: { method: 'GET', path: LINES } });
		const unread = await example.run(EVERY_MORNING);
		expect(messagesOf(unread)).toEqual([expect.stringMatching(/^A payout could not be read: po_\w+\. /)]);
		for (const result of [wrong, unread]) expect(files(result)).toEqual([]);
	});
});

it('ignores a manual payout: Stripe does not report its contents', async () => {
	await example.api.paymentIntents.create(PAID);
	await example.api.payouts.create({ amount: 100, currency: 'usd' });
	const result = await example.run(EVERY_MORNING);
	expect(allItems(result, 'Nothing to Read Yet')).toHaveLength(1);
	expect(messagesOf(result)).toEqual([]);
});
