import type { Entry } from '../../ledger/model/entry';
import { Ledger } from '../../ledger/ledger';
import type { Store } from '../../ledger/store';
import { systemTime } from '../../ledger/clock';
import type { StripeSimulator } from '../simulator/simulator';
import { countEnds } from './ends';
import { entryIdOf } from './pay';
import type { Acknowledgement } from './paymentProcess';

/** What the proofs count; every number but the first two must be 0. */
export interface LedgerAudit {
	orders: number;
	charges: number;
	/** Charges beyond the first of an order. */
	duplicates: number;
	/** Orders that were never charged. */
	lost: number;
	/** Orders that the ledger does not know as done. */
	notSucceeded: number;
	/** Orders that the ledger believes to have been rejected once. */
	laterAttempts: number;
	/** What the ledger has acknowledged and does not know any more. */
	forgotten: number;
}

export async function auditLedger(
	orders: readonly string[],
	{
		stripe,
		store,
		acknowledgements = [],
	}: { stripe: StripeSimulator; store: Store; acknowledgements?: readonly Acknowledgement[] },
): Promise<LedgerAudit> {
	const { charges } = stripe.report();
	const chargesOf = countByName(charges.map(({ entry = '' }) => entry));
	const entries = await loadEntries(orders, store);
	const ofOrders = orders.map((order) => chargesOf.get(entryIdOf(order)) ?? 0);
	return {
		orders: orders.length,
		charges: charges.length,
		duplicates: ofOrders.reduce((sum, count) => sum + Math.max(0, count - 1), 0),
		lost: ofOrders.filter((count) => count === 0).length,
		notSucceeded: entries.filter((entry) => entry?.state !== 'succeeded').length,
		laterAttempts: entries.filter((entry) => entry && entry.attempt > 1).length,
		forgotten: (await findForgottenWrites(store, acknowledgements)).length,
	};
}

/** The verdict on a ledger that keeps its promise. */
export function buildSoundAudit(orders: readonly string[]): LedgerAudit {
	const { length } = orders;
	const none = { duplicates: 0, lost: 0, notSucceeded: 0, laterAttempts: 0, forgotten: 0 };
	return { orders: length, charges: length, ...none };
}

/** How often a request was sent beyond the first of its key: Stripe may have made one effect of several sends. */
export function countResends(stripe: StripeSimulator): number {
	const sends = countByName(stripe.sends().map(({ key = '' }) => key));
	return [...sends.values()].reduce((sum, count) => sum + count - 1, 0);
}

export async function loadEntries(orders: readonly string[], store: Store): Promise<(Entry | undefined)[]> {
	const ledger = new Ledger(store, systemTime);
	return Promise.all(orders.map((order) => ledger.find(entryIdOf(order))));
}

/** More writes than one entry ever gets in these proofs. */
const MAX_WRITES = 20;

/**
 * Acknowledged writes that do not stand any more. Versions begin at a number of the claim's own and rise by one at every
 * write: an entry that was lost and made anew by somebody else has quite another one.
 */
export async function findForgottenWrites(
	store: Store,
	acknowledgements: readonly Acknowledgement[],
): Promise<Acknowledgement[]> {
	const rows = await store.find(acknowledgements.map(({ entryId }) => entryId));
	return acknowledgements.filter(({ version }, position) => {
		const writesSince = (rows[position]?.version ?? -Infinity) - version;
		return writesSince < 0 || writesSince > MAX_WRITES;
	});
}

function countByName(names: readonly string[]): Map<string, number> {
	return new Map(Object.entries(countEnds(names)));
}
