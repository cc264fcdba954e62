import { readFileSync } from 'node:fs';

import type { IDataObject } from 'n8n-workflow';

import { allItems, ExampleFixture, messagesOf, readExample } from './exampleFixture';

const example = ExampleFixture.use('dunning');

const PORTAL = '/v1/billing_portal/sessions';

/** An invoice whose card is declined. */
async function failedInvoice(): Promise<string> {
	const { id: customer } = await example.api.customers.create({ email: 'ada@shop.example', name: 'Ada' });
	const { id } = await example.api.invoices.create({ customer, currency: 'usd' });
	await example.api.invoices.addLines(id, { lines: [{ amount: 1250, description: 'Plan' }] });
	await example.api.invoices.finalizeInvoice(id);
	await declineAgain(id);
	return id;
}

async function declineAgain(invoice: string): Promise<void> {
	const payment_method = 'pm_card_chargeDeclinedInsufficientFunds';
	await expect(example.api.invoices.pay(invoice, { payment_method })).rejects.toThrow('insufficient funds');
}

const deliver = (invoice: string) =>
	example.run({ trigger: 'A Payment Failed', items: [{ data: { object: { id: invoice } } }] });

const mails = (result: Awaited<ReturnType<typeof deliver>>) => allItems(result, 'Send the Mail');

it('sends a reminder for the sample once, and stores the login link nowhere', async () => {
	const first = await example.run();
	expect(messagesOf(first)).toEqual([]);
	expect(mails(first)).toMatchObject([
		{
			to: 'office@bergmann.example',
			text: expect.stringMatching(/€49\.00[^]*https:\/\/billing\.stripe\.com\/p\/session/) as string,
		},
	]);
	const second = await example.run();
	expect(allItems(second, 'Reminded Before')).toHaveLength(1);
	expect(mails(second)).toEqual([]);
	expect(readFileSync(example.ledgerFile, 'latin1')).not.toContain('billing.stripe.com');
	expect(readExample('dunning').settings).toMatchObject({ saveDataSuccessExecution: 'none' });
});

it('sends one reminder per attempt, and none for an invoice paid in the meantime', async () => {
	const invoice = await failedInvoice();
	expect(mails(await deliver(invoice))).toHaveLength(1);
	expect(mails(await deliver(invoice))).toHaveLength(0);
	expect(mails(await example.run({ trigger: 'Every Morning at Nine' }))).toHaveLength(0);
	await declineAgain(invoice);
	expect(mails(await example.run({ trigger: 'Every Morning at Nine' }))).toHaveLength(1);
	expect(mails(await deliver(invoice))).toHaveLength(0);
	await example.api.invoices.pay(invoice, { payment_method: 'pm_card_visa' });
	expect(allItems(await deliver(invoice), 'Nothing to Remind Of')).toHaveLength(1);
});

it.each([
	['the invoice', 'GET', /^\/v1\/invoices\/in_/],
	['the link', 'POST', PORTAL],
])('loops when %s is unavailable, and sends one reminder', async (_, method, path) => {
	const invoice = await failedInvoice();
	example.stripe.inject({ kind: 'error503', times: 1, match: { method, path } });
	const result = await deliver(invoice);
	expect(result.runs('Wait Five Minutes')).toHaveLength(1);
	expect(mails(result)).toHaveLength(1);
	expect(messagesOf(result)).toEqual([]);
	expect(mails(await deliver(invoice))).toHaveLength(0);
});

it('sends a notification when there is no link, and the reminder the next morning', async () => {
	const invoice = await failedInvoice();
	example.stripe.inject({ kind: 'error503', times: Infinity, match: { path: PORTAL } });
	const result = await deliver(invoice);
	expect(mails(result)).toEqual([]);
	expect(messagesOf(result)).toEqual([
		expect.stringContaining(`Invoice ${invoice}: it is not certain that the customer was reminded.`),
	]);
	example.stripe.clearFaults();
	expect(mails(await example.run({ trigger: 'Every Morning at Nine' }))).toHaveLength(1);
});

it('sends a notification if a run was killed before it recorded whether the email was sent', async () => {
	const invoice = await failedInvoice();
	const claim = readExample('dunning').nodes.find(({ name }) => name === 'It Is Sent')!;
	const killed = { 'It Is Sent': { ...claim.parameters, claim: 'gone' } as IDataObject };
	await example.run({
		trigger: 'A Payment Failed',
		items: [{ data: { object: { id: invoice } } }],
		changes: killed,
	});
	const later = await deliver(invoice);
	expect(mails(later)).toEqual([]);
	expect(later.runs('Wait Five Minutes')).toHaveLength(3);
	expect(messagesOf(later)).toEqual([expect.stringContaining(`Invoice ${invoice}: it is not certain`)]);
});
