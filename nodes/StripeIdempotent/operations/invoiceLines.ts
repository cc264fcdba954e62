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

/** Required by the first line with an amount; lines with prices do not need it. */
export const amountUnitOfLines = buildAmountProperties({}).filter(({ name }) => name === 'amountUnit');

/** Stripe's API nests the price in an object. */
const lineFields = checkFields<Stripe.InvoiceAddLinesParams.Line & { price?: string }>([
	buildProseProperty('Description', 'description', { placeholder: 'e.g. 12 hours in November' }),
	buildTextProperty('Amount', 'amount', {
		placeholder: 'e.g. 1999',
		description: 'Total of the line. If negative, it is a credit. Leave it empty with a price.',
	}),
	buildPicker('price', { required: false }, 'searchOneTimePrice'),
	{ ...quantity, description: 'How many of the price' },
	buildTimeProperty('Period Start', 'periodStart'),
	buildTimeProperty('Period End', 'periodEnd'),
	taxRates,
	discounts,
	metadata,
]);

/** The lines of an invoice, each with an amount or a price. */
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
 * Reads the lines. A workflow that builds them from rows needs a list of any length, which the editor's form does not support, so
 * JSON is accepted too.
 *
 * @throws ItemError for no lines, for lines in both places, and for a line with neither or both of an amount and a price
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
