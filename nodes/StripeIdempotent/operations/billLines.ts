import type { INodeProperties } from 'n8n-workflow';
import type Stripe from 'stripe';

import { toDecimalText, isThousandsOrDecimals, multiplyDecimals } from '../../../ledger/identity/decimal';
import { parseTimeOrFault } from '../../../ledger/identity/timeBucket';
import { redactMessage } from '../../../stripe/api/redact';
import { isOwnId, isStripeId } from '../../../stripe/objects/ids';
import { TIME_MESSAGES } from '../../shared/key/treatAs';
import { buildProseProperty, buildTextProperty } from '../../shared/parameters/fields';
import type { ParameterReader } from '../../shared/parameters/parameterReader';
import { checkParamNames } from '../../shared/parameters/stripeParams';
import {
	buildChoiceProperty,
	buildRowsProperty,
	buildTimeProperty,
} from '../../shared/parameters/typedFields';
import type { Values } from '../../shared/parameters/values';
import { isFilled, isRecord, splitList, toInputText } from '../../shared/parameters/values';
import { taxRates } from './billing';
import { amountUnitOfLines } from './invoiceLines';

/** The maximum number of lines of an invoice (docs.stripe.com/changelog/2016-02-22/no-more-than-250-invoice-items). */
const MAX_LINES = 250;

const JSON_LINES = 'linesJson';

/** The known fields of a line. Others are refused, because dropping one could drop a discount. */
const LINE_FIELDS: readonly INodeProperties[] = [
	buildProseProperty('Description', 'description', { placeholder: 'e.g. Support in November' }),
	buildTextProperty('Amount', 'amount', {
		placeholder: 'e.g. 1999',
		description: 'Total of the line. If negative, it is a credit.',
	}),
	buildTextProperty('Unit Amount', 'unitAmount', {
		placeholder: 'e.g. 9000',
		description: 'For one unit, e.g. one hour. Never rounded.',
	}),
	buildTextProperty('Quantity', 'quantity', { placeholder: 'e.g. 12.5' }),
	buildTextProperty('Price', 'price', { placeholder: 'e.g. price_1MoBy5LkdIwHu7ixZhnattbh' }),
	buildTimeProperty('Period Start', 'periodStart'),
	buildTimeProperty('Period End', 'periodEnd'),
	taxRates,
];
const NAMES = LINE_FIELDS.map(({ name }) => name);

/** The lines of a bill, as a list from an expression or entered one by one. */
export const billLineProperties: INodeProperties[] = [
	buildChoiceProperty(
		'Lines From',
		'linesFrom',
		{ 'Fields Below': 'fields', JSON: 'json' },
		{ default: 'json' },
	),
	{
		displayName: 'Lines (JSON)',
		name: JSON_LINES,
		type: 'json',
		default: '',
		required: true,
		placeholder: '={{ $json.lines }}',
		description: `A list with an object for each line: description, and amount, unitAmount with quantity, or price with quantity. Also periodStart, periodEnd, taxRates. At most ${MAX_LINES}.`,
		displayOptions: { show: { linesFrom: ['json'] } },
	},
	buildRowsProperty('Lines', 'lines', [...LINE_FIELDS], {
		description: 'Each with an amount, with a unit amount and a quantity, or with a price and a quantity',
		displayOptions: { show: { linesFrom: ['fields'] } },
	}),
	...amountUnitOfLines,
	buildTextProperty('Currency', 'currency', { required: true, placeholder: 'e.g. EUR' }),
];

/** @throws ItemError for no lines, too many lines, and a line whose amount is not clear */
export function readBillLines(read: ParameterReader): object[] {
	const isJson = read.choice('linesFrom', ['json', 'fields']) === 'json';
	const [parameter, rows] = isJson ? [JSON_LINES, readJson(read)] : ['lines', readRows(read)];
	if (rows.length === 0) throw read.buildError(parameter, 'has no line', 'Add at least one line.');
	if (rows.length > MAX_LINES)
		throw read.buildError(
			parameter,
			`has ${rows.length} lines`,
			`An invoice takes at most ${MAX_LINES}. Bill the customer in parts, each with its own key.`,
		);
	return rows.map((row, index) => new LineReader(read, row, `${parameter}.row[${index}]`).read());
}

function readJson(read: ParameterReader): Values[] {
	const lines = read.jsonValue(JSON_LINES);
	if (Array.isArray(lines) && lines.every(isRecord)) return lines;
	throw read.buildError(
		JSON_LINES,
		'is not a list of objects',
		'Write it like [{ "description": "Support", "amount": "100" }], or put the rows together with an Aggregate node first.',
	);
}

function readRows(read: ParameterReader): Values[] {
	return read
		.rows('lines.row')
		.map((row) => Object.fromEntries(NAMES.map((name) => [name, read.value(`${row}.${name}`)])));
}

/** Reads one line from its fields. */
class LineReader {
	constructor(
		private readonly parameters: ParameterReader,
		private readonly row: Values,
		private readonly path: string,
	) {}

	read(): object {
		this.refuseUnknown();
		const { description, periodStart, periodEnd } = this.row;
		const [start, end] = [this.time('periodStart'), this.time('periodEnd')];
		if (isFilled(periodStart) !== isFilled(periodEnd))
			throw this.buildError(
				'periodEnd',
				'and Period Start belong together',
				'Fill in both, or neither.',
			);
		return checkParamNames<Stripe.InvoiceAddLinesParams.Line>({
			description: isFilled(description) ? redactMessage(toInputText(description)) : undefined,
			...this.charge(),
			...(start === undefined ? {} : { period: { start, end } }),
			tax_rates: this.taxRates(),
		});
	}

	private refuseUnknown(): void {
		const unknown = Object.keys(this.row).find((name) => !NAMES.includes(name));
		if (unknown === undefined) return;
		throw this.buildError(
			unknown,
			'is not a field of a line',
			`Use ${NAMES.join(', ')}, and leave out everything else.`,
		);
	}

	/** A line has a price, an amount, or a quantity and a unit amount. */
	private charge(): object {
		const { amount, unitAmount, price, quantity } = this.row;
		const given = [amount, unitAmount, price].filter(isFilled).length;
		if (given !== 1)
			throw this.buildError(
				'amount',
				given === 0
					? 'is empty, and there is neither a unit amount nor a price'
					: 'is not the only one that says what the line comes to',
				'Give each line an amount, or a unit amount and a quantity, or a price.',
			);
		if (isFilled(price)) return { pricing: { price: this.price() }, quantity: this.count() };
		if (isFilled(unitAmount)) return { amount: this.product() };
		if (isFilled(quantity))
			throw this.buildError(
				'quantity',
				'is filled in beside an amount, which is that of the whole line',
				'Leave it empty, or enter what one costs in Unit Amount.',
			);
		return { amount: this.parameters.amountOfRow(`${this.path}.amount`, amount) };
	}

	/** The exact product of quantity and unit amount; undefined if one is missing. */
	private product(): string | undefined {
		const product = multiplyDecimals(this.decimal('unitAmount'), this.decimal('quantity'));
		// The product is a computed number, whose decimal point never separates thousands.
		const written = isThousandsOrDecimals(product) ? `${product}0` : product;
		return this.parameters.amountOfRow(`${this.path}.unitAmount`, written);
	}

	private decimal(name: 'quantity' | 'unitAmount'): string {
		const value = this.row[name];
		const decimal = isThousandsOrDecimals(value) ? undefined : toDecimalText(value);
		if (decimal === undefined) throw this.buildNumberError(name, value);
		if (name === 'quantity' && Number(decimal) <= 0) throw this.buildQuantityError(decimal);
		return decimal;
	}

	private count(): string {
		const { quantity } = this.row;
		const count = isFilled(quantity) ? toDecimalText(quantity) : '1';
		if (count === undefined) throw this.buildNumberError('quantity', quantity);
		if (Number(count) <= 0) throw this.buildQuantityError(count);
		if (/^[1-9]\d{0,8}$/.test(count)) return count;
		throw this.buildError(
			'quantity',
			`is ${count}, but a price is billed in whole numbers`,
			'Enter a whole number, or enter what one costs in Unit Amount in place of Price.',
		);
	}

	private buildNumberError(name: 'quantity' | 'unitAmount', value: unknown) {
		if (!isFilled(value))
			return this.buildError(name, 'is empty', 'Enter a number, e.g. 12.5. It is never guessed.');
		return isThousandsOrDecimals(value)
			? this.buildError(
					name,
					`is "${toInputText(value)}", whose point could separate thousands or decimals`,
					'Write it with two digits after the point, or without a point.',
				)
			: this.buildError(
					name,
					`is "${toInputText(value)}", which is not a plain number`,
					'Use digits and at most one point, e.g. 12.5.',
				);
	}

	private buildQuantityError(quantity: string) {
		return this.buildError(
			'quantity',
			`is ${quantity}, which is not above zero`,
			'Leave out a line of which there is none. A credit is a negative amount, with a positive quantity.',
		);
	}

	private price(): string {
		const id = toInputText(this.row.price).trim();
		if (isOwnId(id)) return id;
		throw this.buildError('price', 'is not a valid Stripe ID', 'Copy its ID from the Stripe dashboard.');
	}

	private taxRates(): string[] | undefined {
		const { taxRates: given } = this.row;
		if (!isFilled(given)) return undefined;
		const ids = Array.isArray(given) ? given.map(toInputText) : splitList(given);
		if (ids.length > 0 && ids.every(isStripeId)) return ids;
		throw this.buildError(
			'taxRates',
			'names something that is not a valid Stripe ID',
			'Enter IDs of tax rates, separated by commas.',
		);
	}

	/** Unix seconds. */
	private time(name: 'periodStart' | 'periodEnd'): number | undefined {
		const value = this.row[name];
		if (!isFilled(value)) return undefined;
		const time = parseTimeOrFault(value);
		if (typeof time === 'number') return Math.floor(time / 1000);
		const [problem, nextStep] = TIME_MESSAGES[time];
		throw this.buildError(name, `is ${problem}`, nextStep);
	}

	private buildError(name: string, problem: string, nextStep: string) {
		return this.parameters.buildError(`${this.path}.${name}`, problem, nextStep);
	}
}
