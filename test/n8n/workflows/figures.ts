import type { StripeSimulator } from '../../simulator/simulator';
import type { ShopOrder } from './nodes';
import type { ShopClient } from './shopClient';

/** What became of the money of some orders, from Stripe's side. */
export interface ChargeCounts {
	/** How many charges each order has, in the order given. */
	charges: number[];
	charged: number;
	/** Charges beyond the first one of an order. */
	duplicates: number;
	/** Orders without a charge. */
	uncharged: number;
}

/** Counts in what the simulated Stripe itself says of money, whatever n8n or the node were told. */
export function countCharges(simulator: StripeSimulator, orders: readonly ShopOrder[]): ChargeCounts {
	const of = new Map<string, number>();
	for (const { metadata } of simulator.report().charges) {
		const number = metadata.order_number ?? '';
		of.set(number, (of.get(number) ?? 0) + 1);
	}
	const charges = orders.map(({ order_number: number }) => of.get(number) ?? 0);
	return {
		charges,
		charged: charges.reduce((sum, count) => sum + count, 0),
		duplicates: charges.reduce((sum, count) => sum + Math.max(0, count - 1), 0),
		uncharged: charges.filter((count) => count === 0).length,
	};
}

/** How often one order was charged. */
export function countChargesOf(simulator: StripeSimulator, order: ShopOrder): number {
	return countCharges(simulator, [order]).charged;
}

/** The sends that carry an order's number. */
export function sendsOf(simulator: StripeSimulator, order: ShopOrder) {
	return simulator.sends().filter(({ params }) => {
		const { metadata } = params as { metadata?: { order_number?: string } };
		return metadata?.order_number === order.order_number;
	});
}

/** One line for whoever reads the log of a test run. */
export function reportFigures(
	test: string,
	{
		client: fixture,
		began,
		...numbers
	}: { client: ShopClient; began: number } & Record<string, number | ShopClient>,
): void {
	const { deliveries, unanswered } = fixture;
	const seconds = Math.round((performance.now() - began) / 1000);
	process.stderr.write(`${test}: ${JSON.stringify({ ...numbers, deliveries, unanswered, seconds })}\n`);
}
