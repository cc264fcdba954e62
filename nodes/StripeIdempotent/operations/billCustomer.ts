import type Stripe from 'stripe';

import type { Params } from '../../../ledger/model/request';
import { INVOICES_PATH, readBillParams } from '../../../payments/bill';
import { formatAmount } from '../../../stripe/objects/money';
import { buildAdditionalFields, metadata } from '../../shared/parameters/fields';
import type { ParameterReader } from '../../shared/parameters/parameterReader';
import { buildPicker } from '../../shared/parameters/picker';
import { checkParamNames } from '../../shared/parameters/stripeParams';
import { buildChoiceProperty } from '../../shared/parameters/typedFields';
import { billLineProperties, readBillLines } from './billLines';
import { dueTerms } from './billing';
import { draftFields } from './invoiceFields';
import { readTerms } from './invoiceTerms';
import type { WriteOperation } from './operation';

type BillParams = Stripe.InvoiceCreateParams & Pick<Stripe.InvoiceAddLinesParams, 'lines'>;

/** The whole way of an invoice, under one key: see `payments/billRun.ts`. */
export const billCustomer: WriteOperation = {
	kind: 'write',
	class: 'create',
	value: 'billCustomer',
	name: 'Bill a Customer',
	action: 'Bill a customer',
	description:
		'Create an invoice with all its lines, finalize it, and send or charge it, in one step. If it is interrupted, run it again: it continues where it stopped.',
	takesSteps: true,
	path: () => INVOICES_PATH,
	params: (read) =>
		checkParamNames<BillParams>({
			customer: read.id('customer'),
			currency: read.currency(),
			...readTerms(read),
			pending_invoice_items_behavior: read.choice('pendingItems', ['exclude', 'include']),
			lines: readBillLines(read),
			...read.additionalFields(),
		}),
	check: refuseBelowZero,
	properties: [
		buildPicker('customer'),
		...dueTerms,
		...billLineProperties,
		{
			...buildChoiceProperty('Pending Items', 'pendingItems', {
				Exclude: 'exclude',
				Include: 'include',
			}),
			description:
				"Whether the customer's pending items go onto this invoice too. They are not among the lines, so they are not checked.",
		},
		buildAdditionalFields<BillParams>([...draftFields, metadata]),
	],
};

/**
 * A credit note returns money.
 *
 * @throws ItemError for a negative total
 */
function refuseBelowZero(read: ParameterReader, params: Params): void {
	const { lines } = readBillParams(params);
	const amounts = lines.map(({ amount }) => amount);
	// The amounts of prices are known to Stripe only.
	if (!amounts.every((amount) => typeof amount === 'string')) return;
	const sum = amounts.reduce((total, amount) => total + BigInt(amount), 0n);
	if (sum >= 0n) return;
	throw read.buildError(
		'lines',
		`come to ${formatAmount(String(sum), read.currency())}`,
		'An invoice below zero would be credited to the customer. Use Credit Note → Create or Customer Balance → Adjust for that.',
	);
}
