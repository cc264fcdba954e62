import type Stripe from 'stripe';

import { buildTextProperty, requiredCurrency } from '../../shared/parameters/fields';
import type { ParameterReader } from '../../shared/parameters/parameterReader';
import { OTHER_PARAMETERS } from '../../shared/parameters/parameterReader';
import { checkParamNames } from '../../shared/parameters/stripeParams';
import { buildRowsProperty } from '../../shared/parameters/typedFields';

/** Fields of their own currency: the unit is always the major one. */
export const otherCurrencies = buildRowsProperty<'currencyOptions', never>(
	'Other Currencies',
	'currencyOptions',
	[
		requiredCurrency,
		buildTextProperty('Unit Amount (Major Unit)', 'unitAmount', {
			required: true,
			placeholder: 'e.g. 21.99',
			description: 'What one unit costs in this currency',
		}),
	] as never[],
	{ description: 'What the price is for customers who pay in another currency' },
);

const ROWS = 'additionalFields.currencyOptions.row';

/**
 * Empty if there are none.
 *
 * @throws ItemError for an invalid amount, and for a currency that is given twice
 */
export function readOtherCurrencies(
	read: ParameterReader,
): Pick<Stripe.PriceUpdateParams, 'currency_options'> {
	const options = new Map<string, Stripe.PriceUpdateParams.CurrencyOptions>();
	const rows = read.rows(ROWS);
	if (rows.length > 0 && 'currency_options' in read.json(OTHER_PARAMETERS)) {
		const problem = 'is filled in, and Other Parameters have currency_options';
		throw read.buildError('additionalFields.currencyOptions', problem, 'Leave one of the two out.');
	}
	for (const row of rows) {
		const currency = read.currency(`${row}.currency`);
		if (options.has(currency)) {
			const problem = `is ${currency.toUpperCase()}, as in a row before`;
			throw read.buildError(`${row}.currency`, problem, 'Keep one of the two rows.');
		}
		const amount = read.majorAmount(`${row}.unitAmount`, currency, 'notNegative');
		options.set(
			currency,
			checkParamNames<Stripe.PriceUpdateParams.CurrencyOptions>({ unit_amount: amount }),
		);
	}
	return options.size === 0 ? {} : { currency_options: Object.fromEntries(options) };
}
