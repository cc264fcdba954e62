import type Stripe from 'stripe';

import { invalid, noSuch } from '../../errors';
import { getOwn, type ParamMap } from '../../form';
import type { Invoice, InvoiceLine } from '../../objects';
import type { StripeState } from '../../world';

/** The tax of the simulated Stripe Tax by the customer's country, in percent; other countries have none. */
const PERCENT_BY_COUNTRY: ReadonlyMap<string, number> = new Map([
	['AT', 20],
	['DE', 19],
	['FR', 20],
]);

interface Rate {
	id: string | null;
	percentage: number;
	inclusive: boolean;
}

type TaxedInvoice = Pick<Invoice, 'customer'> & { automatic_tax?: unknown; default_tax_rates?: unknown };

/** IDs of tax rates, as passed for lines and invoices. @throws Stripe's 400 */
export function readRates(
	state: StripeState,
	params: ParamMap,
	name: 'default_tax_rates' | 'tax_rates',
): string[] | undefined {
	const written = getOwn(params, name);
	if (!Array.isArray(written)) return undefined;
	return (written as string[]).map((id) => {
		const rate = state.other('tax_rates').find(id);
		if (rate === undefined) throw noSuch('tax rate', id, name, 400);
		return rate.id;
	});
}

/** @throws Stripe's 400 (docs.stripe.com/api/invoices/create#create_invoice-automatic_tax) */
export function refuseUntaxable(
	{ automatic_tax: tax }: Pick<TaxedInvoice, 'automatic_tax'>,
	lines: readonly { amount: number; rates?: string[] }[],
): void {
	if (!isEnabled(tax) || lines.every(({ amount, rates }) => amount >= 0 && rates === undefined)) return;
	throw invalid('automatic_tax', 'Lines with tax rates, or below zero, cannot have automatic tax.');
}

/** Stripe shows the line's own rates in no field. */
export function keepRates(line: InvoiceLine, rates: string[] | undefined): InvoiceLine {
	return Object.defineProperty(line, 'rates', { value: rates });
}

export function showAutomaticTax(state: StripeState, { automatic_tax: tax, customer }: TaxedInvoice) {
	const enabled = isEnabled(tax);
	const status = countryOf(state, customer) === undefined ? 'requires_location_inputs' : 'complete';
	return {
		disabled_reason: null,
		enabled,
		liability: enabled ? { type: 'self' } : null,
		provider: null,
		status: enabled ? status : null,
	};
}

/** The taxes of a line on its amount after discounts. */
export function taxLine(
	state: StripeState,
	invoice: TaxedInvoice,
	line: InvoiceLine,
	taxable: number,
): Stripe.InvoiceLineItem.Tax[] {
	return ratesOf(state, invoice, line).map(({ id, percentage, inclusive }) => {
		const whole = inclusive ? 100 + percentage : 100;
		return {
			amount: Math.round((taxable * percentage) / whole),
			tax_behavior: inclusive ? 'inclusive' : 'exclusive',
			tax_rate_details: { tax_rate: id ?? 'txr_automatic' },
			taxability_reason: 'standard_rated',
			taxable_amount: taxable,
			type: 'tax_rate_details',
		};
	});
}

function ratesOf(state: StripeState, invoice: TaxedInvoice, line: InvoiceLine): Rate[] {
	const { customer, default_tax_rates: common } = invoice;
	if (isEnabled(invoice.automatic_tax)) {
		const percentage = PERCENT_BY_COUNTRY.get(countryOf(state, customer) ?? '');
		return percentage === undefined ? [] : [{ id: null, percentage, inclusive: false }];
	}
	const rates = (line.rates ?? common ?? []) as string[];
	return rates.map((id) => {
		const rate = state.other('tax_rates').find(id);
		return { id, percentage: Number(rate?.percentage), inclusive: rate?.inclusive === true };
	});
}

function countryOf(state: StripeState, customer: string): string | undefined {
	const { country } = (state.customers.find(customer)?.address ?? {}) as { country?: string };
	return country;
}

function isEnabled(tax: unknown): boolean {
	const { enabled } = (tax ?? {}) as { enabled?: unknown };
	return enabled === true || enabled === 'true';
}
