import type { Params } from '../ledger/model/request';
import type { BillParams } from './bill';
import { asksForTax } from './billInvoice';
import { buildUnknownSpend, readMinor } from './spendFacts';
import type { Read } from './spendFacts';

/**
 * What the lines of a bill come to, in minor units: a price is read.
 *
 * @throws UnknownSpendError where more may come on top of them, or a price does not say what one of it costs
 */
export async function readBillTotal(bill: BillParams, read: Read): Promise<number> {
	if (asksForTax(bill))
		throw buildUnknownSpend('Tax is added to the bill, so it is not known before what it comes to');
	if (bill.pending_invoice_items_behavior === 'include')
		throw buildUnknownSpend(
			'Pending items are added to the bill, so it is not known before what it comes to',
		);
	const amounts = await Promise.all(bill.lines.map((line) => readLineAmount(line, read)));
	return readMinor(amounts.reduce((sum, amount) => sum + amount, 0));
}

async function readLineAmount({ amount, pricing, quantity = '1' }: Params, read: Read): Promise<number> {
	if (amount !== undefined) return Number(amount);
	const { price = '' } = (pricing ?? {}) as Record<string, string>;
	const { unit_amount: unit } = await read(`/v1/prices/${encodeURIComponent(price)}`);
	return typeof unit === 'number' ? unit * Number(quantity) : NaN;
}
