import type { SubscriptionItem } from '../../objects';

/** A credit or debit for the rest of a period. */
export interface Proration {
	amount: number;
	currency: string;
	description: string;
	/** Seconds. */
	period: { start: number; end: number };
	price: SubscriptionItem['price'];
	quantity: number;
}

/** Credits the unused time and charges the remaining time ("Prorations"), to the second. @param at seconds */
export function prorate(
	before: readonly SubscriptionItem[],
	after: readonly SubscriptionItem[],
	at: number,
): Proration[] {
	return [
		...before.filter((item) => !isUnchanged(item, after)).map((item) => share(item, at, -1, 'Unused')),
		...after.filter((item) => !isUnchanged(item, before)).map((item) => share(item, at, 1, 'Remaining')),
	];
}

function isUnchanged(item: SubscriptionItem, others: readonly SubscriptionItem[]): boolean {
	return others.some(
		({ id, price, quantity, current_period_start: start }) =>
			id === item.id &&
			price.id === item.price.id &&
			quantity === item.quantity &&
			start === item.current_period_start,
	);
}

function share(item: SubscriptionItem, at: number, sign: 1 | -1, what: string): Proration {
	const { current_period_start: start, current_period_end: end, price, quantity } = item;
	const left = Math.min(Math.max((end - Math.max(at, start)) / (end - start), 0), 1);
	return {
		amount: sign * Math.round(price.unit_amount * quantity * left),
		currency: price.currency,
		description: `${what} time on ${quantity} × ${price.product}`,
		period: { start: at, end },
		price,
		quantity,
	};
}
