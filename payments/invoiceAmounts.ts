import type { StripeObject } from '../stripe/objects/stripeObject';

/** What a line adds to the total. NaN where it does not show what comes off it and on top of it. */
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
