import type { StripeObject } from '../stripe/objects/stripeObject';

/** Returns what a line adds to the total. NaN if its discounts or taxes are not shown. */
export function netOf(line: StripeObject): number {
	const { taxes, discount_amounts: discounts } = line;
	if (!Array.isArray(taxes) || !Array.isArray(discounts)) return NaN;
	const onTop = (taxes as StripeObject[]).filter((tax) => tax.tax_behavior === 'exclusive');
	return (
		amountOf(line) -
		sumAmounts((discounts as StripeObject[]).map(amountOf)) +
		sumAmounts(onTop.map(amountOf))
	);
}

export function amountOf({ amount }: StripeObject): number {
	return Number(amount);
}

export function sumAmounts(amounts: readonly number[]): number {
	return amounts.reduce((sum, amount) => sum + amount, 0);
}
