import { moneyOf, operationType } from '../model/entryFacts';
import type { Entry, EntryState } from '../model/entry';
import { resolvedAt } from '../model/entryStatus';
import { getKnownPayment } from '../model/knownPayment';
import type { KnownPayment } from '../model/payment';
import { movesMoney, pickLater } from '../model/payment';
import type { Contribution, Group } from './sums';

/** Where an entry is counted. */
type Place = Pick<Group, 'day' | 'operation' | 'state'>;

/** What the sums count of one entry. */
export interface CountedEntry extends Place {
	/** What it tells of its payment, or of that of other entries. */
	payment?: KnownPayment;
	/** Whether it could move that payment's money. */
	moves?: true;
	/** Of what is no payment, or not known to be one: minor units, and their currency. */
	notMoved?: number;
	currency?: string;
}

/** @param state as people count it, where that is another one than it stands in */
export function toCountedEntry(entry: Entry, state: EntryState = entry.state): CountedEntry {
	const day = new Date(resolvedAt(entry) ?? entry.createdAt).toISOString().slice(0, 'yyyy-mm-dd'.length);
	const place = { day, operation: operationType(entry), state };
	const payment = getKnownPayment(entry);
	if (payment) return { ...place, payment, ...(movesMoney(entry.request) ? { moves: true } : {}) };
	const money = moneyOf(entry);
	return { ...place, ...(money ? { currency: money.currency, notMoved: money.amount } : {}) };
}

/** Of what is no payment nothing has moved. */
export function sumUpEntry({ currency, notMoved = 0, ...place }: CountedEntry): Contribution {
	const group = { ...place, entries: 1, moved: 0n, notMoved: BigInt(notMoved) };
	return { groups: [{ ...group, ...(currency === undefined ? {} : { currency }) }] };
}

/**
 * Money of a payment counts once, whatever was done to it: to create, confirm and capture it are three entries about the
 * same money. It counts where the entry stands that could move it and was answered last; nowhere if none could.
 *
 * @param entries all that tell of one payment, by their ids
 */
export function sumUpPayment(entries: ReadonlyMap<string, CountedEntry>): Contribution {
	// In one order, so that every count of the same entries comes to the same.
	const told = [...entries].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, counted]) => counted);
	let payment: KnownPayment | undefined;
	let primary: CountedEntry | undefined;
	for (const one of told) {
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
	const groups = told.map((one): Group => {
		const { day, operation, state: entryState } = one;
		const sums = one === primary ? { moved, notMoved } : { moved: 0n, notMoved: 0n };
		return { day, operation, state: entryState, ...facts, entries: 1, ...sums };
	});
	if (!primary || currency === undefined) return { groups };
	return { groups, money: { kind, ...facts, currency, count: 1, moved, notMoved } };
}
