import type { INodeProperties } from 'n8n-workflow';
import type Stripe from 'stripe';

import {
	buildAmountProperties,
	buildProseProperty,
	buildTextProperty,
	metadata,
} from '../../shared/parameters/fields';
import { buildPicker } from '../../shared/parameters/picker';
import type { ParameterReader } from '../../shared/parameters/parameterReader';
import { checkFields, checkParamNames } from '../../shared/parameters/stripeParams';
import { buildRowsProperty, buildTimeProperty } from '../../shared/parameters/typedFields';
import { discounts, quantity, taxRates } from './billing';

/** Demanded by the first line that has an amount: lines with prices need none. */
export const amountUnitOfLines = buildAmountProperties({}).filter(({ name }) => name === 'amountUnit');

/** A price stands in an object of its own. */
const lineFields = checkFields<Stripe.InvoiceAddLinesParams.Line & { price?: string }>([
	buildProseProperty('Description', 'description', { placeholder: 'e.g. 12 hours in November' }),
	buildTextProperty('Amount', 'amount', {
		placeholder: 'e.g. 1999',
		description: 'Total of the line. If negative, it is a credit. Leave it empty with a price.',
	}),
	buildPicker('price', { required: false }),
	{ ...quantity, description: 'How many of the price' },
	buildTimeProperty('Period Start', 'periodStart'),
	buildTimeProperty('Period End', 'periodEnd'),
	taxRates,
	discounts,
	metadata,
]);

/** Lines of an invoice: each with an amount, or with a price. */
export const lineProperties: INodeProperties[] = [
	buildRowsProperty('Lines', 'lines', lineFields),
	...amountUnitOfLines,
	buildTextProperty('Currency', 'currency', {
		placeholder: 'e.g. EUR',
		description: 'The currency of the invoice',
		displayOptions: { show: { amountUnit: ['major'] } },
	}),
];

/**
 * What a workflow works out from rows is a list of any length, which the editor's form cannot be: it comes as JSON.
 *
 * @throws ItemError for no line at all, for lines in both places, and for a line without an amount and a price, or with both
 */
export function readLines(read: ParameterReader): Record<string, unknown>[] | undefined {
	const rows = read.list('lines');
	const isJson = 'lines' in read.additionalFields();
	if (isJson && rows.length > 0) {
		throw read.buildError(
			'lines',
			'is filled in, and Other Parameters have lines',
			'Only one of them can be sent. Remove the other.',
		);
	}
	if (isJson) return undefined;
	if (rows.length === 0) {
		throw read.buildError(
			'lines',
			'has no line',
			'Add at least one line, or write lines in Other Parameters (JSON).',
		);
	}
	return rows.map((row, index) => readLine(read, row, `lines.row[${index}]`));
}

function readLine(
	read: ParameterReader,
	row: Record<string, unknown>,
	path: string,
): Record<string, unknown> {
	const { price, quantity: count, amount: _written, ...others } = row;
	const amount = read.amountOfRow(`${path}.amount`);
	if ((price === undefined) === (amount === undefined)) {
		throw read.buildError(
			`${path}.amount`,
			amount === undefined
				? 'is empty, and there is no price either'
				: 'is filled in, and a price is chosen as well',
			'Give the line either an amount or a price.',
		);
	}
	return checkParamNames<Stripe.InvoiceAddLinesParams.Line>({
		...others,
		...(amount === undefined ? { pricing: { price }, quantity: count } : { amount }),
	});
}
