import type Stripe from 'stripe';

import { BillFixture } from '../nodes/StripeIdempotent/bill/billFixture';
import type { AttackFixture, Try } from './try';

/** Somebody changes what is billed while the bill stands still. */

type Change = (invoices: Stripe.InvoiceResource, id: string, stripe: Stripe) => Promise<unknown>;

const EXTRA = { lines: [{ amount: 700, description: 'Extra' }] };

const discount: Change = async (invoices, id, stripe) => {
	const { id: coupon } = await stripe.coupons.create({ percent_off: 90, duration: 'once' });
	return invoices.update(id, { discounts: [{ coupon }] });
};

const tax: Change = async (invoices, id, stripe) => {
	const rate = { display_name: 'Tax', inclusive: false, percentage: 50 };
	return invoices.update(id, { default_tax_rates: [(await stripe.taxRates.create(rate)).id] });
};

/** @returns whether it was told as done, or money has moved for it */
async function bill({ registry }: AttackFixture, stopAt: RegExp, ...changes: Change[]): Promise<boolean> {
	const { stripe } = registry.fixture;
	const bills = new BillFixture(registry.fixture);
	const wanted = await bills.newBill();
	stripe.inject({ kind: 'resetBefore', match: { path: stopAt, method: 'POST' } });
	await bills.run(wanted);
	stripe.clearFaults();
	const { id } = await bills.invoiceOf(wanted);
	for (const change of changes) await change(bills.api.invoices, id, bills.api);
	const { done } = await bills.run(wanted);
	return done !== undefined;
}

const isBilled = (name: string, stopAt: RegExp, ...changes: Change[]): Try => ({
	name: `a bill with ${name}`,
	guards: ['whatIsBilled'],
	attempt: (attack) => bill(attack, stopAt, ...changes),
});

export const bills: Try[] = [
	isBilled('a line more on its draft', /finalize$/, (invoices, id) => invoices.addLines(id, EXTRA)),
	isBilled('a discount on its draft', /finalize$/, discount),
	isBilled('a tax on its draft', /finalize$/, tax),
	isBilled(
		'a line more, finalized by somebody',
		/finalize$/,
		(invoices, id) => invoices.addLines(id, EXTRA),
		(invoices, id) => invoices.finalizeInvoice(id),
	),
	isBilled('none of its lines, paid by nobody', /add_lines$/, (invoices, id) =>
		invoices.finalizeInvoice(id),
	),
	isBilled(
		'a line in place of its own, paid by somebody',
		/add_lines$/,
		(invoices, id) => invoices.addLines(id, EXTRA),
		(invoices, id) => invoices.pay(id),
	),
];
