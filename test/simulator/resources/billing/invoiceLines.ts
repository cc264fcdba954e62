import type Stripe from 'stripe';

import { invalid, noSuch } from '../../errors';
import { getOwn, isMap, type ParamMap } from '../../form';
import type { InvoiceItem, InvoiceLine, SubscriptionItem } from '../../objects';
import * as given from '../../parameters';
import type { Shown } from '../../sdkTypes';
import type { StripeState } from '../../world';
import { keepRates, readRates } from './invoiceTaxes';
import { readPrice } from './prices';

/** The subject of a line. */
export interface LineFacts {
	invoice: string | null;
	amount: number;
	currency: string;
	description: string | null;
	period: { start: number; end: number };
	quantity: number;
	price?: { id: string; product: string; unit_amount: number };
	metadata?: Record<string, string>;
	subscription?: string | null;
	parent?: object | null;
	/** IDs of the line's own tax rates. */
	rates?: string[];
}

export function newLine(state: StripeState, facts: LineFacts): InvoiceLine {
	const { price, rates, ...shown } = facts;
	const line = {
		id: state.newId('il'),
		object: 'line_item',
		...shown,
		discount_amounts: [],
		discountable: true,
		discounts: [],
		livemode: state.livemode,
		metadata: facts.metadata ?? {},
		parent: facts.parent ?? null,
		pretax_credit_amounts: [],
		pricing: price ? showPricing(price) : null,
		quantity_decimal: String(facts.quantity),
		subscription: facts.subscription ?? null,
		subtotal: facts.amount,
		taxes: [],
	} satisfies Shown<Stripe.InvoiceLineItem, InvoiceLine>;
	return keepRates(line, rates);
}

export function showPricing({ id, product, unit_amount: unit }: NonNullable<LineFacts['price']>): object {
	return {
		price_details: { price: id, product },
		type: 'price_details',
		unit_amount_decimal: String(unit),
	};
}

/** The line of a subscription item for its current period. */
export function newSubscriptionLine(
	state: StripeState,
	item: SubscriptionItem,
	invoice: string,
): InvoiceLine {
	const { price, quantity, subscription } = item;
	return newLine(state, {
		invoice,
		amount: price.unit_amount * quantity,
		currency: price.currency,
		description: `${quantity} × ${price.product}`,
		period: { start: item.current_period_start, end: item.current_period_end },
		quantity,
		price,
		subscription,
		parent: {
			type: 'subscription_item_details',
			invoice_item_details: null,
			subscription_item_details: {
				invoice_item: null,
				proration: false,
				proration_details: null,
				subscription,
				subscription_item: item.id,
			},
		},
	});
}

/** The line of an invoice item. */
export function newItemLine(state: StripeState, item: InvoiceItem, invoice: string): InvoiceLine {
	return newLine(state, {
		invoice,
		amount: item.amount,
		currency: item.currency,
		description: item.description,
		period: item.period as LineFacts['period'],
		quantity: item.quantity,
		metadata: { ...item.metadata },
		parent: {
			type: 'invoice_item_details',
			subscription_item_details: null,
			invoice_item_details: {
				invoice_item: item.id,
				proration: item.proration,
				proration_details: null,
				subscription: null,
			},
		},
	});
}

/** Reads an amount, or a price and a quantity. */
export function readCharge(
	state: StripeState,
	params: ParamMap,
	param: string,
): Pick<LineFacts, 'amount' | 'currency' | 'quantity' | 'price'> & { isPriced: boolean } {
	const amount = given.readInteger(params, 'amount');
	const pricing = given.readHash(params, 'pricing') ?? {};
	const price = readPrice(state, { ...pricing, ...pick(params, 'price_data') }, param);
	const quantity = given.readInteger(params, 'quantity') ?? 1;
	const unit = given.readInteger(params, 'unit_amount') ?? decimal(params);
	const currency = given.readCurrency(params) ?? 'usd';
	if (amount !== undefined && (price ?? unit) !== undefined) {
		throw invalid('amount', 'You may only specify one of these parameters: amount, pricing.');
	}
	if (price) {
		if (price.recurring) {
			throw invalid(
				`${param}[price]`,
				'The price specified is set to `type=recurring` but this field only accepts prices with `type=one_time`.',
			);
		}
		return {
			amount: price.unit_amount * quantity,
			currency: price.currency,
			quantity,
			price,
			isPriced: true,
		};
	}
	if (unit !== undefined) return { amount: unit * quantity, currency, quantity, isPriced: false };
	if (amount === undefined)
		throw invalid('amount', 'You must specify either amount or pricing.', 'parameter_missing');
	return { amount, currency, quantity, isPriced: false };
}

function decimal(params: ParamMap): number | undefined {
	const text = given.readText(params, 'unit_amount_decimal');
	return text === undefined ? undefined : Math.round(Number(text));
}

function pick(params: ParamMap, name: string): ParamMap {
	const value = getOwn(params, name);
	return value === undefined ? {} : { [name]: value };
}

/** `lines[0][amount]=…`. Throws Stripe's 400. */
export function readLines(state: StripeState, params: ParamMap, currency: string): LineFacts[] {
	const rows = getOwn(params, 'lines');
	if (!Array.isArray(rows) || rows.length === 0)
		throw invalid('lines', 'Missing required param: lines.', 'parameter_missing');
	return rows.map((row, index) => {
		const where = `lines[${index}]`;
		if (!isMap(row)) throw invalid(where, 'Invalid hash', 'parameter_invalid_hash');
		const charge = readCharge(state, { ...row, currency }, where);
		if (charge.currency !== currency)
			throw invalid(where, `The currency of the price is not that of the invoice (${currency}).`);
		return {
			...charge,
			invoice: null,
			description: given.readText(row, 'description') ?? null,
			period: readPeriod(state, row),
			metadata: given.mergeMetadata({}, given.readMetadata(row)),
			rates: readRates(state, row, 'tax_rates'),
		};
	});
}

export function readPeriod(state: StripeState, params: ParamMap): { start: number; end: number } {
	const period = given.readHash(params, 'period');
	const [start, end] = period ? [given.readInteger(period, 'start'), given.readInteger(period, 'end')] : [];
	return { start: start ?? state.seconds(), end: end ?? state.seconds() };
}

export function requireCustomer(state: StripeState, id: string): string {
	const customer = state.customers.find(id);
	if (customer === undefined || customer.deleted) throw noSuch('customer', id, 'customer', 400);
	return id;
}
