import type { StripeState } from './world';

/** The actual movements of money, independent of the answers that clients received. */
export interface MoneyReport {
	/** Only charges that succeeded and were captured: an authorisation has not moved money yet. */
	charges: {
		id: string;
		paymentIntent: string | null;
		/** The captured amount in minor units. */
		amount: number;
		currency: string;
		customer: string | null;
		/** `metadata.n8n_entry`: the ledger entry that requested the charge. */
		entry?: string;
		metadata: Record<string, string>;
		/** Seconds since the epoch. */
		created: number;
	}[];
	refunds: {
		id: string;
		amount: number;
		charge: string;
		entry?: string;
		metadata: Record<string, string>;
	}[];
	/** Minor units charged minus refunded, by currency. */
	moved: Record<string, number>;
}

/** Oldest first, over all given worlds. */
export function moneyReport(worlds: Iterable<StripeState>): MoneyReport {
	const report: MoneyReport = { charges: [], refunds: [], moved: {} };
	for (const state of worlds) {
		for (const charge of state.charges.newestFirst().reverse()) {
			if (charge.status !== 'succeeded' || !charge.captured) continue;
			const { id, currency, customer, metadata, created } = charge;
			const amount = charge.amount_captured;
			const paymentIntent = charge.payment_intent;
			report.charges.push({
				id,
				paymentIntent,
				amount,
				currency,
				customer,
				...marked(metadata),
				created,
			});
			report.moved[currency] = (report.moved[currency] ?? 0) + amount;
		}
		for (const refund of state.refunds.newestFirst().reverse()) {
			// A refund that waits for a bank or was returned by it has paid nothing back.
			if (refund.status !== 'succeeded') continue;
			const { id, amount, charge, currency, metadata } = refund;
			report.refunds.push({ id, amount, charge, ...marked(metadata) });
			report.moved[currency] = (report.moved[currency] ?? 0) - amount;
		}
	}
	return report;
}

function marked(metadata: Record<string, string>): { entry?: string; metadata: Record<string, string> } {
	const entry = metadata.n8n_entry;
	return { ...(entry === undefined ? {} : { entry }), metadata: { ...metadata } };
}
