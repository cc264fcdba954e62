import type { IDataObject } from 'n8n-workflow';

import { allItems, ExampleFixture, messagesOf } from './exampleFixture';

const example = ExampleFixture.use('refund-duplicates');

const SINCE = { 'Charged since': '2020-01-01' };

interface Option {
	option: string;
}

/** Charges one customer as often as that; n8n's ledger knows none of it. */
async function charge(times: number, amount = 4990): Promise<void> {
	const { id: customer } = await example.api.customers.create({});
	const how = { payment_method: 'pm_card_visa', confirm: true, return_url: 'https://shop.example' };
	for (let n = 0; n < times; n += 1) {
		await example.api.paymentIntents.create({ amount, currency: 'eur', customer, ...how });
	}
}

const idIn = (label = '') => /\((ch_\w+)\)$/.exec(label)![1]!;

const open = (ticked: string[] | null) =>
	example.run({ trigger: 'Who Asks', items: [SINCE], form: { 'Give back': ticked } });

/** What the form would offer. */
async function offered(): Promise<string[]> {
	const [list] = allItems(await open(null), 'Write the List') as { fields: IDataObject[] }[];
	const [field] = list?.fields ?? [];
	return ((field?.fieldOptions as { values?: Option[] } | undefined)?.values ?? []).map(
		({ option }) => option,
	);
}

const refunds = () => example.stripe.report().refunds.map(({ charge, amount }) => [charge, amount]);

it('lists the extra payments, refunds each selected one once, and does not list it again', async () => {
	await charge(3);
	await charge(1);
	const labels = await offered();
	expect(labels).toEqual(
		Array(2).fill(expect.stringMatching(/^49\.90 EUR, cus_\w+, \d{4}-.* UTC \(ch_\w+\)$/)),
	);
	expect(refunds()).toEqual([]);

	const [ticked, other] = labels as [string, string];
	expect(allItems(await open([ticked]), 'Refunded')).toHaveLength(1);
	expect(refunds()).toEqual([[idIn(ticked), 4990]]);
	expect(await offered()).toEqual([other]);
	await open([ticked]);
	expect(refunds()).toHaveLength(1);
});

it('refunds nothing if nothing is selected, and asks no one if nothing was charged twice', async () => {
	await charge(2);
	await open(null);
	await open([]);
	await open(['something else']);
	expect(refunds()).toEqual([]);
});

it('asks no one if nothing was charged twice', async () => {
	await charge(1);
	expect((await open(null)).runs('Tick What to Refund')).toHaveLength(0);
});

it('loops when the response is lost, and refunds once', async () => {
	await charge(2);
	const labels = await offered();
	example.loseAnswer('/v1/refunds');
	const result = await open(labels);
	expect(result.runs('Refund Once')).toHaveLength(2);
	expect(allItems(result, 'Refunded')).toHaveLength(1);
	expect(messagesOf(result)).toEqual([]);
	expect(refunds()).toEqual([[idIn(labels[0]), 4990]]);
});

it('leaves out a payment partly refunded while the list was open, and reports it', async () => {
	await charge(2);
	const labels = await offered();
	const extra = idIn(labels[0]);
	// Between the list and the send, as a person does it in the dashboard.
	const stop = example.stripe.onPoint(async ({ name, request }) => {
		if (name !== 'received' || request.method !== 'GET' || !request.path.includes(extra)) return;
		if (++reads !== 2) return;
		stop();
		await example.api.refunds.create({ charge: extra, amount: 1000 });
	});
	let reads = 0;
	const result = await open(labels);
	expect(refunds()).toEqual([[extra, 1000]]);
	expect(messagesOf(result)).toEqual([
		expect.stringMatching(/was not refunded\. .*the amount has changed, it is now 39\.90 EUR/),
	]);
});
