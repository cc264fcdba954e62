import { kindOf, moneyOf } from './contents';
import type { Entry, EntryState } from './entry';
import { allEntries } from './query';
import { SeenIds } from './seenIds';
import { countsAs, decidedAt, isLeaseOver, unknownSince, waitsForApproval } from './standing';
import type { Store } from './store';
import { ENTRY_STATES } from './store';

/**
 * Entries of one kind on one day. Money is never added across operations: a charge and its refund are no sum, and a payment
 * and its capture are the same money twice.
 */
export interface Group {
	/** UTC: of the outcome, or of the beginning where there is none yet. */
	day: string;
	/** Without the object that is acted on: `paymentIntent.capture`. */
	operation: string;
	/** As people count it: what was cut off while it was sent is `unknown`. */
	state: EntryState;
	/** None for what moves no money. */
	currency?: string;
	entries: number;
	/** Minor units; exact however large. */
	amount: bigint;
}

export interface Summary {
	entries: number;
	states: Record<EntryState, number>;
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
 * What stands in a ledger, in one pass over it. Holds a line per group, and a few bytes per entry.
 *
 * @throws StoreUnavailable
 */
export async function summarize(store: Store, now: number): Promise<Summary> {
	const seen = new SeenIds();
	const groups = new Map<string, Group>();
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
		count(groups, groupOf(entry, state));
	}
	const days = [...groups.values()].sort(byDay);
	return { ...summary, days, total: overAllDays(days), ...(oldestUnknown ? { oldestUnknown } : {}) };
}

function groupOf(entry: Entry, state: EntryState): Group {
	const money = moneyOf(entry);
	return {
		day: new Date(decidedAt(entry) ?? entry.createdAt).toISOString().slice(0, 'yyyy-mm-dd'.length),
		operation: kindOf(entry),
		state,
		...(money ? { currency: money.currency } : {}),
		entries: 1,
		amount: BigInt(money?.amount ?? 0),
	};
}

function count(groups: Map<string, Group>, more: Group): void {
	const { day, operation, state, currency = '' } = more;
	const name = JSON.stringify([day, operation, state, currency]);
	const standing = groups.get(name);
	if (!standing) {
		groups.set(name, { ...more });
		return;
	}
	standing.entries += more.entries;
	standing.amount += more.amount;
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
		compare(one.currency ?? '', other.currency ?? '')
	);
}

function compare(one: string, other: string): number {
	return one < other ? -1 : one > other ? 1 : 0;
}
