import type { IDataObject, INodeParameters } from 'n8n-workflow';

import { PAID } from '../../simulator/client';
import { OrdersFixture, toLocator, withCustomKey, withOptions } from '../fixtures/ordersFixture';

let fixture: OrdersFixture;
beforeEach(async () => {
	fixture = await OrdersFixture.open();
});
afterEach(() => fixture.close());

const REFUND: INodeParameters = {
	resource: 'refund',
	operation: 'create',
	amount: '100',
	amountUnit: 'minor',
	...withCustomKey('refund-1'),
};
const ofIntent = (id: string): INodeParameters => ({
	refundOf: 'paymentIntent',
	paymentIntent: toLocator('id', id),
});
const ofCharge = (id: string): INodeParameters => ({ refundOf: 'charge', charge: toLocator('id', id) });

async function check(parameters: INodeParameters) {
	const { items, hints } = await fixture.run(
		{ ...REFUND, ...parameters, ...withOptions({ checkOnly: true }) },
		[{}],
	);
	const { answer, warnings } = items[0]![0]!.json.checked as IDataObject;
	return {
		answer,
		warnings,
		notes: hints('Node')
			.map(({ message }) => message)
			.join(' '),
	};
}

async function disputed() {
	const { id, latest_charge } = await fixture.stripe.paymentIntents.create({
		...PAID,
		payment_method: 'pm_card_createDispute',
	});
	return { intent: id, charge: latest_charge as string };
}

/** The payment of an invoice that a credit note has corrected. */
async function credited(when?: 'before it is paid'): Promise<{ intent: string; note: string }> {
	const { invoices, invoiceItems, invoicePayments, creditNotes, customers } = fixture.stripe;
	const { id: customer } = await customers.create();
	const { id } = await invoices.create({ customer, currency: 'usd' });
	await invoiceItems.create({ customer, invoice: id, amount: 10_000, currency: 'usd' });
	await invoices.finalizeInvoice(id);
	const before = when && (await creditNotes.create({ invoice: id, amount: 3_000 }));
	await invoices.pay(id, { payment_method: 'pm_card_visa' });
	const [payment] = (await invoicePayments.list({ invoice: id })).data;
	const note = before ?? (await creditNotes.create({ invoice: id, amount: 3_000, credit_amount: 3_000 }));
	return { intent: payment!.payment.payment_intent as string, note: note.id };
}

describe('Check Only, before a refund', () => {
	it('reports that the payment is disputed, by its payment intent or its charge', async () => {
		const { intent, charge } = await disputed();
		for (const of of [ofIntent(intent), ofCharge(charge)]) {
			const { answer, warnings, notes } = await check(of);
			expect(answer).toBe('new');
			expect(warnings).toEqual([expect.stringContaining(`The payment is disputed (${charge})`)]);
			expect(notes).toContain('The payment is disputed');
		}
	});

	it('reports that its invoice has a credit note already', async () => {
		const { intent, note } = await credited();
		expect((await check(ofIntent(intent))).warnings).toEqual([
			expect.stringContaining(`has a credit note already (${note})`),
		]);
	});

	it('does not warn of a credit note that only lowered the amount due', async () => {
		const { intent } = await credited('before it is paid');
		expect((await check(ofIntent(intent))).warnings).toBeUndefined();
	});

	it('does not warn otherwise, and reports what it could not read', async () => {
		const { id } = await fixture.stripe.paymentIntents.create(PAID);
		expect((await check(ofIntent(id))).warnings).toBeUndefined();
		expect((await check(ofIntent('pi_unknown'))).warnings).toEqual([
			expect.stringMatching(/^Whether the payment is disputed, or credited, could not be read/),
		]);
	});
});

it('a run reads nothing but the account of the key before a refund', async () => {
	const { id } = await fixture.stripe.paymentIntents.create(PAID);
	fixture.forgetRequests();
	await fixture.run({ ...REFUND, ...ofIntent(id) }, [{}]);
	expect(fixture.simulator.requests.map(({ path }) => path)).toEqual(['/v1/account', '/v1/refunds']);
});
