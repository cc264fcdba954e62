import type { INodeProperties } from 'n8n-workflow';
import type Stripe from 'stripe';

import { buildProseProperty, buildTextProperty } from '../../shared/parameters/fields';
import type { ParameterReader } from '../../shared/parameters/parameterReader';
import { checkFields, checkParamNames } from '../../shared/parameters/stripeParams';
import { buildChoiceProperty, buildRowsProperty } from '../../shared/parameters/typedFields';
import { taxRates } from './billing';

type Line = Stripe.CreditNoteCreateParams.Line & Stripe.CreditNotePreviewParams.Line;

const lineFields = checkFields<Line>([
	buildChoiceProperty('Type', 'type', {
		'Invoice Line': 'invoice_line_item',
		'Line of Its Own': 'custom_line_item',
	}),
	buildTextProperty('Invoice Line', 'invoiceLineItem', {
		placeholder: 'e.g. il_1MtHbELkdIwHu7ix',
		description: 'The line of the invoice that is credited: Invoice → Get Lines shows its ID',
	}),
	buildTextProperty('Amount', 'amount', {
		placeholder: 'e.g. 1999',
		description: 'How much of the invoice line is credited. Or fill in the quantity.',
	}),
	buildProseProperty('Description', 'description', { placeholder: 'e.g. Goodwill' }),
	buildTextProperty('Quantity', 'quantity', { placeholder: 'e.g. 1' }),
	buildTextProperty('Unit Amount', 'unitAmount', {
		placeholder: 'e.g. 1999',
		description: 'Price of one unit of a custom line',
	}),
	taxRates,
]);

/** The alternative to an amount. */
export const creditLines: INodeProperties = buildRowsProperty('Lines', 'lines', lineFields, {
	description: 'What is credited, instead of Amount. Amounts are in the Amount Unit.',
});

/**
 * @returns undefined if there are no lines
 * @throws ItemError for an invalid amount
 */
export function readCreditLines(read: ParameterReader): Record<string, unknown>[] | undefined {
	const lines = read.list('lines').map((line, index) => {
		const amountAt = (name: string) =>
			read.amountOfRow(`lines.row[${index}].${name}`, undefined, 'notNegative');
		return checkParamNames<Line>({
			...line,
			amount: amountAt('amount'),
			unit_amount: amountAt('unitAmount'),
		});
	});
	return lines.length === 0 ? undefined : lines;
}
