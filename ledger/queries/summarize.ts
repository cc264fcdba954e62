import type { Entry, EntryState } from '../model/entry';
import { effectiveState, isAwaitingApproval, isLeaseExpired, unknownSince } from '../model/entryStatus';
import type { Store } from '../store';
import { DECIDED_STATES, ENTRY_STATES, OPEN_STATES } from '../store';
import { allEntries, entriesInStates } from './candidates';
import type { CountedEntry } from './counted';
import { toCountedEntry, sumUpEntry, sumUpPayment } from './counted';
import { countAllChanges } from './counting';
import type { Group, MoneyRow } from './sums';
import { sumOverDays, Sums } from './sums';

export interface Summary {
	entries: number;
	states: Record<EntryState, number>;
	money: MoneyRow[];
	/** The newest day first. */
	days: Group[];
	/** The groups over all days. */
	total: Omit<Group, 'day'>[];
	oldestUnknown?: { entry: Entry; since: number };
	waitingForApproval: number;
	/** In-flight entries whose lease has expired. They count as unknown. */
	leaseExpired: number;
}

/**
 * Summarizes a ledger. If the store keeps sums, reads only open entries and those not counted yet; otherwise every entry.
 *
 * @throws StoreUnavailableError
 */
export async function summarize(store: Store, now: number): Promise<Summary> {
	const sums = new Sums();
	const open = new OpenEntries(now);
	if (store.counting) {
		await countAllChanges(store, store.counting);
		for (const [name, text] of await store.counting.readSums()) sums.addText(name, text);
		for await (const entry of entriesInStates(store, OPEN_STATES)) open.add(entry);
	} else {
		await readAll(store, sums, open);
	}
	for (const counted of open.listCounted()) sums.add(sumUpEntry(counted));
	const days = sums.groups();
	const states = Object.fromEntries(ENTRY_STATES.map((state) => [state, 0])) as Summary['states'];
	for (const { state, entries } of days) states[state] += entries;
	return {
		entries: days.reduce((total, { entries }) => total + entries, 0),
		states,
		waitingForApproval: open.waitingForApproval,
		leaseExpired: open.leaseExpired,
		money: sums.money(),
		days,
		total: sumOverDays(days),
		...(open.oldestUnknown ? { oldestUnknown: open.oldestUnknown } : {}),
	};
}

/** Counts every entry. One that is read twice counts as it was read last. */
async function readAll(store: Store, sums: Sums, open: OpenEntries): Promise<void> {
	const decided = new Map<string, CountedEntry>();
	for await (const entry of allEntries(store)) {
		decided.delete(entry.entryId);
		if (DECIDED_STATES.has(entry.state)) decided.set(entry.entryId, toCountedEntry(entry));
		else open.add(entry);
	}
	const payments = new Map<string, Map<string, CountedEntry>>();
	for (const [entryId, counted] of decided) {
		open.drop(entryId);
		if (!counted.payment) {
			sums.add(sumUpEntry(counted));
			continue;
		}
		const { object } = counted.payment;
		payments.set(object, (payments.get(object) ?? new Map<string, CountedEntry>()).set(entryId, counted));
	}
	for (const entries of payments.values()) sums.add(sumUpPayment(entries));
}

/** The open entries, which include those that need a person's attention. */
class OpenEntries {
	private readonly entries = new Map<string, Entry>();

	constructor(private readonly now: number) {}

	add(entry: Entry): void {
		this.entries.set(entry.entryId, entry);
	}

	drop(entryId: string): void {
		this.entries.delete(entryId);
	}

	listCounted(): CountedEntry[] {
		return this.all().map((entry) => toCountedEntry(entry, effectiveState(entry, this.now)));
	}

	get waitingForApproval(): number {
		return this.all().filter((entry) => isAwaitingApproval(entry, this.now)).length;
	}

	get leaseExpired(): number {
		return this.all().filter((entry) => isLeaseExpired(entry, this.now)).length;
	}

	get oldestUnknown(): Summary['oldestUnknown'] {
		const unknown = this.all().filter((entry) => effectiveState(entry, this.now) === 'unknown');
		const [oldest] = unknown
			.map((entry) => ({ entry, since: unknownSince(entry) }))
			.sort(
				(one, other) => one.since - other.since || (one.entry.entryId < other.entry.entryId ? -1 : 1),
			);
		return oldest;
	}

	private all(): Entry[] {
		return [...this.entries.values()];
	}
}
