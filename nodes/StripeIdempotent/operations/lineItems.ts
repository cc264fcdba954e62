import type { INodeProperties } from 'n8n-workflow';
import type Stripe from 'stripe';

import { buildAmountProperties, buildProseProperty, buildTextProperty } from '../../shared/parameters/fields';
import type { ParameterReader } from '../../shared/parameters/parameterReader';
import { buildPicker } from '../../shared/parameters/picker';
import { checkParamNames } from '../../shared/parameters/stripeParams';
import {
	buildChoiceProperty,
	buildCountProperty,
	buildRowsProperty,
	buildSwitchProperty,
} from '../../shared/parameters/typedFields';

/** The items of a payment link or a checkout session, each with a price or an amount. */
type Item = Stripe.PaymentLinkCreateParams.LineItem & Stripe.Checkout.SessionCreateParams.LineItem;

const PERIODS = { Daily: 'day', Monthly: 'month', 'One Time': 'once', Weekly: 'week', Yearly: 'year' };

/** @param more further properties of the parameter */
export function buildLineItems(more: Partial<INodeProperties> = {}): INodeProperties {
	return buildRowsProperty(
		'Line Items',
		'lineItems',
		[
			buildPicker('price', { required: false, description: 'Or leave it empty and enter an amount' }),
			...buildAmountProperties({ description: 'What one unit costs, if no price is chosen' }),
			buildTextProperty('Currency', 'currency', {
				placeholder: 'e.g. EUR',
				description: 'The currency of the amount; a price has its own',
			}),
			buildProseProperty('Product Name', 'productName', { placeholder: 'e.g. Order 1001' }),
			buildChoiceProperty('Billing Period', 'billingPeriod', PERIODS, {
				default: 'once',
				description: 'How often the amount is charged; a price has its own period',
			}),
			buildCountProperty('Quantity', 'quantity', { minValue: 1 }),
			buildSwitchProperty('Adjustable', 'adjustable', 'Whether customers can change the quantity'),
		],
		more,
	);
}

/** @throws ItemError for no items, too many items, and an item with several prices or none */
export function readLineItems(read: ParameterReader, most: number): object[] {
	const rows = read.rows('lineItems.row');
	if (rows.length === 0) throw read.buildError('lineItems', 'is empty', 'Add what is to be sold.');
	if (rows.length > most)
		throw read.buildError('lineItems', `has ${rows.length} rows`, `Stripe accepts up to ${most}.`);
	return rows.map((row) => readLineItem(read.within(row)));
}

function readLineItem(row: ParameterReader): object {
	const price = row.optionalId('price');
	const hasAmount = row.optionalText('amount') !== undefined;
	if (price !== undefined && hasAmount) {
		throw row.buildError(
			'price',
			'is chosen, and an amount is entered too',
			'Leave one of the two empty.',
		);
	}
	if (price === undefined && !hasAmount) {
		throw row.buildError('price', 'is empty', 'Choose a price, or enter an amount.');
	}
	return checkParamNames<Item>({
		...(price === undefined ? { price_data: readPriceData(row) } : { price }),
		quantity: row.number('quantity'),
		...(row.flag('adjustable') ? { adjustable_quantity: { enabled: true } } : {}),
	});
}

function readPriceData(row: ParameterReader): object {
	const period = row.choice('billingPeriod', Object.values(PERIODS));
	return checkParamNames<NonNullable<Item['price_data']>>({
		currency: row.currency(),
		unit_amount: row.amount('notNegative'),
		product_data: { name: row.prose('productName') },
		...(period === 'once' ? {} : { recurring: { interval: period } }),
	});
}
