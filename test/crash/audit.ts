import type { Entry } from '../../ledger/model/entry';
import { Ledger } from '../../ledger/ledger';
import type { Store } from '../../ledger/store';
import { systemTime } from '../../ledger/clock';
import type { StripeSimulator } from '../simulator/simulator';
import { countEnds } from './ends';
import { entryIdOf } from './pay';
import type { Acknowledgement } from './paymentProcess';

/** The counts that the crash tests check. All except the first two must be 0. */
export interface LedgerAudit {
	orders: number;
	charges: number;
	/** Charges of an order beyond the first. */
	duplicates: number;
	/** Orders that were never charged. */
	lost: number;
	/** Orders that have not succeeded in the ledger. */
	notSucceeded: number;
	/** Orders that the ledger believes to have been rejected once. */
	laterAttempts: number;
	/** Writes that the ledger has acknowledged and then lost. */
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

/** The audit of a sound ledger. */
export function buildSoundAudit(orders: readonly string[]): LedgerAudit {
	const { length } = orders;
	const none = { duplicates: 0, lost: 0, notSucceeded: 0, laterAttempts: 0, forgotten: 0 };
	return { orders: length, charges: length, ...none };
}

/**
 * Counts the sends of each request beyond the first of its key. Stripe may have made one effect of several sends.
 */
export function countResends(stripe: StripeSimulator): number {
	const sends = countByName(stripe.sends().map(({ key = '' }) => key));
	return [...sends.values()].reduce((sum, count) => sum + count - 1, 0);
}

export async function loadEntries(orders: readonly string[], store: Store): Promise<(Entry | undefined)[]> {
	const ledger = new Ledger(store, systemTime);
	return Promise.all(orders.map((order) => ledger.find(entryIdOf(order))));
}

/** More writes than an entry gets in these tests. */
const MAX_WRITES = 20;

/**
 * Finds acknowledged writes that are lost. Versions begin at a number chosen by the claim and rise by one at
 * every write, so an entry that was lost and created again by another process has a very different version.
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
