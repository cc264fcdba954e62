import { kindOf, moneyOf } from '../model/entryFacts';
import type { Entry, EntryState } from '../model/entry';
import { knownPayment } from '../model/knownPayment';
import type { Payment } from '../model/payment';
import { movesMoney } from '../model/payment';
import { PaymentsOnce } from './paymentsOnce';
import { allEntries } from './findEntries';
import { SeenIds } from './seenIds';
import { countsAs, decidedAt, isLeaseOver, unknownSince, waitsForApproval } from '../model/entryStatus';
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
	leaseOver: number;
}

/**
 * What stands in a ledger, in one pass over it. Holds a line per group, some bytes per entry, and a few facts per payment.
 *
 * @param paymentOf how to read what an entry knows of its payment
 * @throws StoreUnavailable
 */
export async function summarize(
	store: Store,
	now: number,
	paymentOf?: (entry: Entry) => Payment | undefined,
): Promise<Summary> {
	const seen = new SeenIds();
	const groups = new Map<string, Group>();
	const payments = new PaymentsOnce();
	const states = Object.fromEntries(ENTRY_STATES.map((state) => [state, 0])) as Summary['states'];
	const summary = { entries: 0, states, waitingForApproval: 0, leaseOver: 0 };
	let oldestUnknown: Summary['oldestUnknown'];
	for await (const entry of allEntries(store)) {
		if (!seen.isNew(entry.entryId)) continue;
		const state = countsAs(entry, now);
		summary.entries++;
		states[state]++;
		if (waitsForApproval(entry, now)) summary.waitingForApproval++;
		if (isLeaseOver(entry, now)) summary.leaseOver++;
		const since = unknownSince(entry);
		if (state === 'unknown' && (!oldestUnknown || since < oldestUnknown.since)) {
			oldestUnknown = { entry, since };
		}
		const payment = knownPayment(entry, paymentOf);
		if (payment)
			payments.add(payment, { place: placeOf(entry, state), moves: movesMoney(entry.request) });
		else count(groups, groupOf(entry, state));
	}
	for (const group of payments.groups()) count(groups, group);
	const days = [...groups.values()].sort(byDay);
	const money = payments.money();
	return { ...summary, money, days, total: overAllDays(days), ...(oldestUnknown ? { oldestUnknown } : {}) };
}

function placeOf(entry: Entry, state: EntryState): Pick<Group, 'day' | 'operation' | 'state'> {
	const day = new Date(decidedAt(entry) ?? entry.createdAt).toISOString().slice(0, 'yyyy-mm-dd'.length);
	return { day, operation: kindOf(entry), state };
}

/** Of what is no payment, or not known to be one, nothing has moved. */
function groupOf(entry: Entry, state: EntryState): Group {
	const money = moneyOf(entry);
	return {
		...placeOf(entry, state),
		...(money ? { currency: money.currency } : {}),
		...{ entries: 1, moved: 0n, notMoved: BigInt(money?.amount ?? 0) },
	};
}

function count(groups: Map<string, Group>, more: Group): void {
	const { day, operation, state, paymentState = '', currency = '' } = more;
	const name = JSON.stringify([day, operation, state, paymentState, currency]);
	const standing = groups.get(name);
	if (!standing) {
		groups.set(name, { ...more });
		return;
	}
	standing.entries += more.entries;
	standing.moved += more.moved;
	standing.notMoved += more.notMoved;
}

function overAllDays(days: readonly Group[]): Omit<Group, 'day'>[] {
	const total = new Map<string, Group>();
	for (const group of days) count(total, { ...group, day: '' });
	return [...total.values()].sort(byDay).map(({ day: _none, ...group }) => group);
}

function byDay(one: Group, other: Group): number {
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
