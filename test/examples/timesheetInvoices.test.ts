import { sampleRows } from '../crash/soak';
import { allItems, csvIn, ExampleFixture, messagesOf, readExample } from './exampleFixture';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const example = ExampleFixture.use('timesheet-invoices');

const COLUMNS = 'date,customer_email,customer_name,description,hours,rate,currency';
const SHEET = 'Sample Timesheet';

async function invoices() {
	const { data } = await example.api.invoices.list({ limit: 100 });
	return data
		.map(({ status, total, currency, metadata }) => [metadata?.month, total, currency, status])
		.sort();
}

const BILLED = [
	['2025-09', 48_000, 'eur', 'open'],
	['2025-10', 37_405, 'eur', 'open'],
	['2025-10', 59_375, 'usd', 'open'],
];

it('sends one invoice per customer and month, and none in the next run', async () => {
	for (const replayed of [false, true]) {
		const result = await example.run();
		expect(allItems(result, 'Invoice Sent')).toMatchObject(Array(3).fill({ idempotency: { replayed } }));
		expect(messagesOf(result)).toEqual([]);
		expect(await invoices()).toEqual(BILLED);
	}
	expect((await example.api.customers.list()).data).toHaveLength(2);
	expect(example.count('invoice.sent')).toBe(3);
});

it.each(
	sampleRows(2, [
		['of the customer', /^\/v1\/customers$/],
		['of the draft', /^\/v1\/invoices$/],
		['of the lines', /add_lines$/],
		['of finalizing', /finalize$/],
		['of sending', /send$/],
	]),
)('loops when the response %s is lost, and bills no one twice', async (_, path) => {
	example.loseAnswer(path);
	const result = await example.run();
	expect(result.runs('Wait Five Minutes')).toHaveLength(1);
	expect(allItems(result, 'Invoice Sent')).toHaveLength(3);
	expect(messagesOf(result)).toEqual([]);
	expect(await invoices()).toEqual(BILLED);
	expect(example.count('invoice.sent')).toBe(3);
});

it('sends a notification while Stripe is unavailable, and sends the invoice in the next run', async () => {
	example.stripe.inject({ kind: 'error503', times: Infinity, match: { path: /finalize$/ } });
	const late = await example.run();
	expect(messagesOf(late)).toEqual(
		Array(3).fill(expect.stringMatching(/^The invoice of .* for 2025-\d\d was not sent\. .*Retry later/)),
	);
	example.stripe.clearFaults();
	expect(allItems(await example.run(), 'Invoice Sent')).toHaveLength(3);
	expect(await invoices()).toEqual(BILLED);
});

it('adds nothing to an invoice whose hours have changed since, and reports it', async () => {
	await example.run();
	const changed = csvIn(
		SHEET,
		COLUMNS,
		'2025-09-29,office@bergmann.example,Bergmann Tischlerei GmbH,Shop set up,7,80.00,EUR',
	);
	const result = await example.run({ changes: changed });
	expect(messagesOf(result)).toEqual([
		expect.stringContaining('of Bergmann Tischlerei GmbH for 2025-09 was not sent'),
	]);
	expect(await invoices()).toEqual(BILLED);
});

it('waits until the month is over', async () => {
	const today = new Date().toISOString().slice(0, 10);
	const changes = csvIn(SHEET, COLUMNS, `${today},a@shop.example,A,Work,1,80,EUR`);
	await example.run({ changes });
	expect(await invoices()).toEqual([]);
});

it('leaves an invoice unsent if its hours are not a number', async () => {
	const changes = csvIn(SHEET, COLUMNS, '2025-10-01,a@shop.example,A,Work,two,80,EUR');
	const result = await example.run({ changes });
	expect(messagesOf(result)).toEqual([expect.stringContaining('Lines (JSON)')]);
	expect(await invoices()).toEqual([]);
});

it('has the same rows as timesheet.csv', () => {
	const sheet = readExample('timesheet-invoices').nodes.find(({ name }) => name === SHEET);
	const value = readFileSync(join(__dirname, '../../examples/timesheet.csv'), 'utf8');
	expect(sheet?.parameters).toMatchObject({ assignments: { assignments: [{ value }] } });
});
