import { moneyOf, operationType, getKnownPayment, storedPaymentOf } from '../model/entryFacts';
import type { Entry, EntryState } from '../model/entry';
import { resolvedAt } from '../model/entryStatus';
import type { KnownPayment } from '../model/payment';
import { movesMoney, pickLater } from '../model/payment';
import type { Contribution, Group } from './sums';

/** The group that an entry is counted in. */
type GroupKey = Pick<Group, 'day' | 'operation' | 'state'>;

/** An entry's share of the sums. */
export interface CountedEntry extends GroupKey {
	/** What it shows about its own payment, or another entry's. */
	payment?: KnownPayment;
	/** Whether it could move that payment's money. */
	moves?: true;
	/** The amount of an entry without a known payment, in minor units, with its currency. */
	notMoved?: number;
	currency?: string;
}

/** @param state the effective state, if it differs from the stored one */
export function toCountedEntry(entry: Entry, state: EntryState = entry.state): CountedEntry {
	const day = new Date(resolvedAt(entry) ?? entry.createdAt).toISOString().slice(0, 'yyyy-mm-dd'.length);
	const groupKey = { day, operation: operationType(entry), state };
	const payment = getKnownPayment(entry);
	const isMover = movesMoney(entry.request, storedPaymentOf(entry));
	if (payment) return { ...groupKey, payment, ...(isMover ? { moves: true } : {}) };
	const money = moneyOf(entry);
	return { ...groupKey, ...(money ? { currency: money.currency, notMoved: money.amount } : {}) };
}

/** Returns the contribution of an entry without a payment: nothing has moved. */
export function sumUpEntry({ currency, notMoved = 0, ...groupKey }: CountedEntry): Contribution {
	const group = { ...groupKey, entries: 1, moved: 0n, notMoved: BigInt(notMoved) };
	return { groups: [{ ...group, ...(currency === undefined ? {} : { currency }) }] };
}

/**
 * Returns the contribution of one payment. Its money counts once, however many entries it has: creating, confirming and
 * capturing it are three entries about the same money. It counts in the group of the entry that could move it and was answered
 * last; in none if no entry could.
 *
 * @param entries all entries about the payment, by id
 */
export function sumUpPayment(entries: ReadonlyMap<string, CountedEntry>): Contribution {
	// Sorted, so that every count of the same entries has the same result.
	const sorted = [...entries]
		.sort(([one], [other]) => (one < other ? -1 : 1))
		.map(([, counted]) => counted);
	let payment: KnownPayment | undefined;
	let primary: CountedEntry | undefined;
	for (const one of sorted) {
		if (!one.payment) continue;
		payment = payment ? pickLater(payment, one.payment) : one.payment;
		if (one.moves && (!primary?.payment || one.payment.asOf > primary.payment.asOf)) primary = one;
	}
	if (!payment) return { groups: [] };
	const { kind, state, currency } = payment;
	const facts = {
		...(state === undefined ? {} : { paymentState: state }),
		...(currency === undefined ? {} : { currency }),
	};
	const [moved, notMoved] = [BigInt(payment.moved), BigInt(payment.notMoved)];
	const groups = sorted.map((one): Group => {
		const { day, operation, state: entryState } = one;
		const sums = one === primary ? { moved, notMoved } : { moved: 0n, notMoved: 0n };
		return { day, operation, state: entryState, ...facts, entries: 1, ...sums };
	});
	if (!primary || currency === undefined) return { groups };
	return { groups, money: { kind, ...facts, currency, count: 1, moved, notMoved } };
}
