import type { IDataObject } from 'n8n-workflow';

import { allItems, csvIn, ExampleFixture, messagesOf, readExample } from './exampleFixture';

const NAME = 'nightly-invoices-with-approval';
const example = ExampleFixture.use(NAME);

const APPROVE = { form: { Decision: 'Approve' } };
const charges = () => example.stripe.report().charges.map(({ metadata }) => metadata.invoice_number);
const CHARGED = ['INV-3001', 'INV-3002', 'INV-3004'];

/** As if the checked items did not come on as they were: one of them has another amount. */
const withOtherAmount = (invoice: string) => ({
	'The Checked Items': {
		jsCode: `return $('Check').all().map(({ json }) => ({
			json: json.invoice_number === '${invoice}' ? { ...json, amount: '99.00' } : json,
		}));`,
	},
});

it('asks once with the total, charges each approved invoice once, and asks no one when all are charged', async () => {
	const first = await example.run(APPROVE);
	expect(allItems(first, 'Send the Question')[0]?.message).toMatch(
		/^Charge the due invoices\?\n4 items: 4 new \(509\.94 EUR, 34\.95 USD, 12800 JPY\)\. Nothing was sent\./,
	);
	expect(allItems(first, 'Mark as Paid')).toHaveLength(3);
	expect(messagesOf(first)).toEqual([
		expect.stringMatching(/^Invoice INV-3003 is not paid\. .*insufficient/),
	]);
	expect(charges().sort()).toEqual(CHARGED);

	const second = await example.run(APPROVE);
	expect(allItems(second, 'Mark as Paid')).toMatchObject(
		Array(3).fill({ idempotency: { replayed: true } }),
	);
	expect(charges()).toHaveLength(3);
	const rows = ['INV-3001,420.00,EUR,pm_card_visa'];
	const third = await example.run({
		changes: csvIn('Sample Invoices', 'invoice_number,amount,currency,payment_method', ...rows),
	});
	expect(allItems(third, 'Nothing to Charge')).toHaveLength(1);
	expect(allItems(third, 'Send the Question')).toEqual([]);
});

it('charges nothing before approval, and nothing if it is denied or not answered', async () => {
	for (const form of [{ Decision: 'Deny' }, {}]) {
		const result = await example.run({ form });
		expect(allItems(result, 'Not Charged')).toHaveLength(1);
	}
	expect(example.stripe.sends()).toEqual([]);
});

it('leaves out an invoice that has changed since, charges the others once, and running it again is a replay', async () => {
	const changes = withOtherAmount('INV-3002');
	for (const replayed of [false, true]) {
		const result = await example.run({ ...APPROVE, changes });
		expect(allItems(result, 'Mark as Paid')).toMatchObject(Array(2).fill({ idempotency: { replayed } }));
		expect(messagesOf(result)).toContainEqual(
			expect.stringContaining(
				'INV-3002 is not paid. [Item 1] This is not what was approved, so nothing was sent: the amount has changed, it is now 99.00 EUR',
			),
		);
	}
	expect(charges().sort()).toEqual(['INV-3001', 'INV-3004']);
});

it('loops with the same check when a response is lost, and charges once', async () => {
	example.loseAnswer('/v1/payment_intents');
	const result = await example.run(APPROVE);
	expect(result.runs('Charge Once')).toHaveLength(2);
	expect(allItems(result, 'Mark as Paid')).toHaveLength(3);
	expect(charges().sort()).toEqual(CHARGED);
});

it('charges what it checked: both nodes have the same parameters, and the sheet is read once', () => {
	const { nodes } = readExample(NAME);
	const setUp = (name: string) => {
		const { options, ...parameters } = nodes.find((node) => node.name === name)!
			.parameters as IDataObject;
		return { options, parameters };
	};
	const [check, charge] = [setUp('Check'), setUp('Charge Once')];
	expect(check.parameters).toEqual(charge.parameters);
	expect([check.options, charge.options]).toEqual([
		{ checkOnly: true },
		{ approvedCheck: '={{ $json.check }}' },
	]);
});
