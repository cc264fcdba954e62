import { operationType, moneyOf } from '../model/entryFacts';
import type { Entry, EntryState } from '../model/entry';
import { getKnownPayment } from '../model/knownPayment';
import type { Payment } from '../model/payment';
import { movesMoney } from '../model/payment';
import { UniquePayments } from './uniquePayments';
import { allEntries } from './candidates';
import { SeenIds } from './seenIds';
import {
	effectiveState,
	resolvedAt,
	isLeaseExpired,
	unknownSince,
	isAwaitingApproval,
} from '../model/entryStatus';
import type { Store } from '../store';
import { ENTRY_STATES } from '../store';
import type { Group, MoneyRow } from './sums';

export interface Summary {
	entries: number;
	states: Record<EntryState, number>;
	money: MoneyRow[];
	/** The newest day first. */
	days: Group[];
	/** The same over all days. */
	total: Omit<Group, 'day'>[];
	oldestUnknown?: { entry: Entry; since: number };
	waitingForApproval: number;
	/** Cut off while they were sent; they count as unknown. */
	leaseExpired: number;
}

/**
 * What stands in a ledger, in one pass over it. Holds a line per group, some bytes per entry, and a few facts per payment.
 *
 * @param paymentOf how to read what an entry knows of its payment
 * @throws StoreUnavailableError
 */
export async function summarize(
	store: Store,
	now: number,
	paymentOf?: (entry: Entry) => Payment | undefined,
): Promise<Summary> {
	const seen = new SeenIds();
	const groups = new Map<string, Group>();
	const payments = new UniquePayments();
	const states = Object.fromEntries(ENTRY_STATES.map((state) => [state, 0])) as Summary['states'];
	const summary = { entries: 0, states, waitingForApproval: 0, leaseExpired: 0 };
	let oldestUnknown: Summary['oldestUnknown'];
	for await (const entry of allEntries(store)) {
		if (!seen.addIfNew(entry.entryId)) continue;
		const state = effectiveState(entry, now);
		summary.entries++;
		states[state]++;
		if (isAwaitingApproval(entry, now)) summary.waitingForApproval++;
		if (isLeaseExpired(entry, now)) summary.leaseExpired++;
		const since = unknownSince(entry);
		if (state === 'unknown' && (!oldestUnknown || since < oldestUnknown.since)) {
			oldestUnknown = { entry, since };
		}
		const payment = getKnownPayment(entry, paymentOf);
		if (payment)
			payments.add(payment, { place: placeOf(entry, state), moves: movesMoney(entry.request) });
		else addToGroup(groups, groupOf(entry, state));
	}
	for (const group of payments.groups()) addToGroup(groups, group);
	const days = [...groups.values()].sort(compareByDay);
	const money = payments.money();
	return { ...summary, money, days, total: sumOverDays(days), ...(oldestUnknown ? { oldestUnknown } : {}) };
}

function placeOf(entry: Entry, state: EntryState): Pick<Group, 'day' | 'operation' | 'state'> {
	const day = new Date(resolvedAt(entry) ?? entry.createdAt).toISOString().slice(0, 'yyyy-mm-dd'.length);
	return { day, operation: operationType(entry), state };
}

/** Of what is no payment, or not known to be one, nothing has moved. */
function groupOf(entry: Entry, state: EntryState): Group {
	const money = moneyOf(entry);
	return {
		...placeOf(entry, state),
		...(money ? { currency: money.currency } : {}),
		entries: 1,
		moved: 0n,
		notMoved: BigInt(money?.amount ?? 0),
	};
}

function addToGroup(groups: Map<string, Group>, more: Group): void {
	const { day, operation, state, paymentState = '', currency = '' } = more;
	const name = JSON.stringify([day, operation, state, paymentState, currency]);
	const current = groups.get(name);
	if (!current) {
		groups.set(name, { ...more });
		return;
	}
	current.entries += more.entries;
	current.moved += more.moved;
	current.notMoved += more.notMoved;
}

function sumOverDays(days: readonly Group[]): Omit<Group, 'day'>[] {
	const total = new Map<string, Group>();
	for (const group of days) addToGroup(total, { ...group, day: '' });
	return [...total.values()].sort(compareByDay).map(({ day: _none, ...group }) => group);
}

function compareByDay(one: Group, other: Group): number {
	return (
		compare(other.day, one.day) ||
		compare(one.operation, other.operation) ||
		compare(one.state, other.state) ||
		compare(one.paymentState ?? '', other.paymentState ?? '') ||
		compare(one.currency ?? '', other.currency ?? '')
	);
}

function compare(one: string, other: string): number {
	return one < other ? -1 : one > other ? 1 : 0;
}
