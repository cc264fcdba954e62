import { SqliteStore } from '../../ledger/stores/sqlite/sqliteStore';
import { buildEntry } from '../ledger/entries';
import { PAID } from '../simulator/client';
import { ExampleFixture, messagesOf } from './exampleFixture';

const example = ExampleFixture.use('ledger-watch');

const AT_NIGHT = { trigger: 'Every Night at Two' };
const HOUR = 3_600_000;

async function keep(...hoursAgo: number[]): Promise<void> {
	const store = SqliteStore.open(example.ledgerFile);
	await store.insertIfAbsent(
		hoursAgo.map((hours) => buildEntry({ state: 'unknown', createdAt: Date.now() - hours * HOUR })),
	);
	await store.close();
}

it('sends no message when all is well', async () => {
	await keep(1);
	expect(messagesOf(await example.run())).toEqual([]);
	expect(messagesOf(await example.run(AT_NIGHT))).toEqual([]);
	expect(example.stripe.requests.filter(({ method }) => method !== 'GET')).toEqual([]);
});

it('reports in one message what the ledger does not know, why, and what to do', async () => {
	for (let n = 0; n < 12; n += 1) {
		const n8n_entry = `v1_${n}`;
		await example.api.paymentIntents.create({ ...PAID, metadata: { n8n_entry } });
	}
	const [message, ...others] = messagesOf(await example.run(AT_NIGHT));
	expect(others).toEqual([]);
	expect(message).toMatch(/^The ledger does not know 12 of what these nodes created in Stripe\./);
	expect(message).toMatch(
		/restored from a backup, or lost\..*Adopt[^]*• pi_\w+ of 5\.00 USD[^]*• and 2 more$/,
	);
});

it('reports what may make the ledger lose entries, also beside unknown entries', async () => {
	const warning = 'The Postgres server runs with fsync = off. Turn it on.';
	const warnings = jest.spyOn(SqliteStore.prototype, 'durabilityWarnings').mockResolvedValue([warning]);
	expect(messagesOf(await example.run(AT_NIGHT))).toEqual([warning]);
	await example.api.paymentIntents.create({ ...PAID, metadata: { n8n_entry: 'v1_1' } });
	const [message, ...others] = messagesOf(await example.run(AT_NIGHT));
	expect(others).toEqual([]);
	expect(message).toMatch(/^The ledger does not know 1 of [^]*• pi_\w+[^]*\nThe Postgres server/);
	warnings.mockRestore();
});

it('reports entries that have been unknown for a long time', async () => {
	await keep(13, 14, 1);
	expect(messagesOf(await example.run(AT_NIGHT))).toEqual([
		expect.stringMatching(
			/^The outcome of 2 requests has been unknown for more than 12 hours[^]*• charge\.create v1_/,
		),
	]);
});

it('reports refunds of disputed payments, and refunds beside a credit note of the same invoice', async () => {
	const { paymentIntents, refunds, customers, invoices, invoiceItems, creditNotes } = example.api;
	const metadata = {};
	const disputed = await paymentIntents.create({
		...PAID,
		payment_method: 'pm_card_createDispute',
		metadata,
	});
	await refunds.create({ payment_intent: disputed.id, amount: 100 });
	await paymentIntents.create({ ...PAID, payment_method: 'pm_card_createDispute', metadata });

	const { id: customer } = await customers.create({ source: 'tok_visa' });
	const pay = async () => {
		await invoiceItems.create({ customer, amount: 900, currency: 'eur' });
		const draft = await invoices.create({ customer, pending_invoice_items_behavior: 'include' });
		return invoices.pay(draft.id, { expand: ['payments'] });
	};
	const [beside, byNote] = [await pay(), await pay()];
	await creditNotes.create({ invoice: beside.id, amount: 300, credit_amount: 300 });
	const paid = beside.payments?.data[0]?.payment.payment_intent as string;
	await refunds.create({ payment_intent: paid, amount: 300 });
	await creditNotes.create({ invoice: byNote.id, amount: 300, refund_amount: 300 });

	const messages = messagesOf(await example.run(AT_NIGHT));
	expect(messages).toEqual([
		expect.stringMatching(
			/^Disputed payments that were refunded too: 1\.[^]*\n• ch_\w+, dispute du_\w+ \(needs_response\)$/,
		),
		expect.stringMatching(
			/^Payments that were refunded beside a credit note of the same invoice: 1\.[^]*\n• ch_\w+ of invoice in_\w+, credit note cn_\w+$/,
		),
	]);
	expect(messages[1]).toContain(beside.id);
});

it('reports that it could not look', async () => {
	example.stripe.inject({ kind: 'error503', times: Infinity, match: { method: 'GET' } });
	const looking = ['Check Ledger', 'Disputes', 'Credit Notes'];
	expect(messagesOf(await example.run(AT_NIGHT)).sort()).toEqual(
		looking
			.sort()
			.map((name) => expect.stringMatching(`^${name} could not look: .+\\. .+\\.$`) as string),
	);
});
