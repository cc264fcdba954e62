import type { IDataObject, INodeParameters } from 'n8n-workflow';
import type Stripe from 'stripe';

import { stripeAt } from '../../../simulator/client';
import type { NodeRun, RunSetup } from '../../fixtures/nodeFixture';
import { NodeFixture } from '../../fixtures/nodeFixture';
import { toLocator } from '../../fixtures/ordersFixture';

/** Twelve hours at 90.00, a flat 25.50, and a credit of 5.00. */
export const LINES = [
	{ description: 'Support', unitAmount: '90.00', quantity: 12 },
	{ description: 'Travel', amount: '25.50' },
	{ description: 'Goodwill', amount: '-5.00' },
];
export const TOTAL = 110_050;

export interface Bill extends IDataObject {
	order: string;
	customer: string;
	lines: object[];
}

/** What a bill is asked for, with the lines and the customer of the item. */
export const BILL: INodeParameters = {
	resource: 'invoice',
	operation: 'billCustomer',
	amount: '',
	paymentMethod: '',
	customer: { ...toLocator('id', ''), value: '={{ $json.customer }}' },
	collectionMethod: 'charge_automatically',
	linesFrom: 'json',
	linesJson: '={{ $json.lines }}',
	amountUnit: 'major',
	currency: 'EUR',
	pendingItems: 'exclude',
	keyFields: { field: [{ path: 'order', treatAs: 'text' }] },
};

/** One Stripe, one ledger, customers who pay, and the node that bills them. */
export class BillFixture {
	private last = 0;

	readonly api: Stripe;

	constructor(readonly fixture: NodeFixture) {
		this.api = stripeAt(fixture.stripe, 'sk_test_operations');
	}

	static async open(): Promise<BillFixture> {
		return new BillFixture(await NodeFixture.start());
	}

	close(): Promise<void> {
		return this.fixture.stop();
	}

	/** A bill that nobody has asked for yet, to a customer of its own. */
	async newBill(more: Partial<Bill> = {}, card = 'pm_card_visa', country?: string): Promise<Bill> {
		const customer = await this.api.customers.create({
			payment_method: card,
			invoice_settings: { default_payment_method: card },
			...(country === undefined ? {} : { address: { country } }),
		});
		return { order: `bill ${(this.last += 1)}`, customer: customer.id, lines: LINES, ...more };
	}

	async run(bill: Bill, parameters: INodeParameters = {}, how: RunSetup = {}) {
		const { parameters: more, ...setup } = how;
		const run = await this.fixture.run([bill], {
			parameters: { ...BILL, ...parameters, ...more },
			...setup,
		});
		return { ...run, ...summarize(run) };
	}

	/** All invoices of its customer, those that were deleted left out. */
	async invoicesOf({ customer }: Bill): Promise<Stripe.Invoice[]> {
		return (await this.api.invoices.list({ customer, limit: 100 })).data;
	}

	/** What Stripe shows of the one invoice that there should be. */
	async invoiceOf(bill: Bill): Promise<Stripe.Invoice> {
		const [invoice, ...more] = await this.invoicesOf(bill);
		if (!invoice || more.length > 0) throw new Error(`${more.length + (invoice ? 1 : 0)} invoices`);
		return invoice;
	}

	/** How often money came in from its customer. */
	async paymentsOf({ customer }: Bill): Promise<number> {
		const { data } = await this.api.charges.list({ customer, limit: 100 });
		return data.filter(({ status }) => status === 'succeeded').length;
	}

	previews(): number {
		return this.fixture.stripe.requests.filter(({ path }) => path.endsWith('create_preview')).length;
	}

	/** What it was asked to change: a preview changes nothing. */
	sent(): string[] {
		return this.fixture.stripe.requests
			.filter(({ method, path }) => method !== 'GET' && !path.endsWith('create_preview'))
			.map(({ method, path }) => `${method} ${path.replace(/in_\w+/, ':id')}`);
	}
}

function summarize({ success, fix, retry }: NodeRun) {
	const [done] = success;
	const [failed] = [...fix, ...retry];
	return { done: done?.json, failed: failed?.json, error: failed?.json.error };
}
