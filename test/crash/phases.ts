import type { Store } from '../../ledger/store';
import type { StripeSimulator } from '../simulator/simulator';
import { loadEntries } from './audit';

/** The progress of an order at the time of the kill. */
export const PHASES = ['claimed, not sent', 'sent, not charged', 'charged, not settled', 'settled'] as const;

export type Phases = Record<(typeof PHASES)[number], number>;

/** Stripe's state at one moment. */
export interface StripeObservation {
	/** Keys of the requests that have arrived. */
	sent: ReadonlySet<string | undefined>;
	/** Entries that have been charged. */
	charged: ReadonlySet<string | undefined>;
}

export function observeStripe(stripe: StripeSimulator): StripeObservation {
	return {
		sent: new Set(stripe.sends().map(({ key }) => key)),
		charged: new Set(stripe.report().charges.map(({ entry }) => entry)),
	};
}

/** Counts the orders that a killed process had claimed, by phase, from the state of the ledger and of Stripe. */
export async function countPhases(
	worker: string,
	orders: readonly string[],
	store: Store,
	{ sent, charged }: StripeObservation,
): Promise<Phases> {
	const phases = createPhases();
	for (const entry of await loadEntries(orders, store)) {
		if (entry?.origin.executionId !== worker) continue;
		if (entry.state !== 'in_flight') phases.settled++;
		else if (charged.has(entry.entryId)) phases['charged, not settled']++;
		else if (sent.has(entry.key)) phases['sent, not charged']++;
		else phases['claimed, not sent']++;
	}
	return phases;
}

export function createPhases(): Phases {
	return { 'claimed, not sent': 0, 'sent, not charged': 0, 'charged, not settled': 0, settled: 0 };
}
