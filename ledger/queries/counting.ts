import { setImmediate as nextTurn } from 'node:timers/promises';

import { pauseBeforeRetry } from '../compareAndSwap';
import type { Row } from '../model/row';
import type { Counting, Note, Store } from '../store';
import { DECIDED_STATES, isEntry, StoreUnavailableError } from '../store';
import type { CountedEntry } from './counted';
import { toCountedEntry, sumUpEntry, sumUpPayment } from './counted';
import { Sums } from './sums';

/** Entries counted in one step, which keeps each step short. */
const BATCH_SIZE = 500;

/** The note of a counted entry: its share of the sums, or the payment that it belongs to. */
type EntryNote = CountedEntry | { of: string };
type EntriesOfPayment = Map<string, CountedEntry>;

const entryNote = (entryId: string) => `entry ${entryId}`;
const paymentNote = (object: string) => `payment ${object}`;

/**
 * Counts the entries that were written or removed since the last count, batch by batch. Each batch is one atomic step, which
 * only one process can write. The count may therefore be interrupted at any time, and run in several processes at once.
 *
 * @throws StoreUnavailableError
 */
export async function countAllChanges(store: Store, counting: Counting): Promise<void> {
	for (let nth = 1; ;) {
		const counted = await countChanges(store, counting);
		if (counted !== undefined && counted < BATCH_SIZE) return;
		nth = counted === undefined ? nth + 1 : 1;
		await pauseBeforeRetry(nth);
		await nextTurn();
	}
}

/**
 * Counts one batch.
 *
 * @returns the number of entries; undefined if another process was faster
 * @throws StoreUnavailableError
 */
async function countChanges(store: Store, counting: Counting): Promise<number | undefined> {
	const { turn, changed } = await counting.readChanged(BATCH_SIZE);
	if (changed.length === 0) return 0;
	const entryIds = changed.map(({ entryId }) => entryId);
	const [rows, stored] = await Promise.all([
		store.find(entryIds),
		counting.readNotes(entryIds.map(entryNote)),
	]);
	const notes = await changeNotes(counting, entryIds, rows, stored.map(parseNote));
	return (await counting.count(turn, notes, changed)) ? changed.length : undefined;
}

/** Returns the new notes: of the entries, of their payments, and of every sum that they are counted in. */
async function changeNotes(
	counting: Counting,
	entryIds: readonly string[],
	rows: readonly (Row | undefined)[],
	before: readonly (EntryNote | undefined)[],
): Promise<Note[]> {
	const after = rows.map(countDecided);
	const objects = [...before.map(objectOf), ...after.map(objectOf)].flatMap((object) => object ?? []);
	const payments = await readPayments(counting, new Set(objects));
	const sums = new Sums();
	for (const entries of payments.values()) sums.subtract(sumUpPayment(entries));
	entryIds.forEach((entryId, nth) => {
		const [old, current] = [before[nth], after[nth]];
		if (old && 'of' in old) payments.get(old.of)?.delete(entryId);
		else if (old) sums.subtract(sumUpEntry(old));
		if (current?.payment) payments.get(current.payment.object)?.set(entryId, current);
		else if (current) sums.add(sumUpEntry(current));
	});
	for (const entries of payments.values()) sums.add(sumUpPayment(entries));
	const names = sums.names;
	const existing = await counting.readNotes(names);
	names.forEach((name, nth) => sums.addText(name, existing[nth]));
	return [
		...entryIds.map((entryId, nth): Note => [entryNote(entryId), toNote(after[nth])]),
		...[...payments].map(([object, entries]): Note => [paymentNote(object), toPaymentNote(entries)]),
		...sums.texts(),
	];
}

/** Only decided entries are counted here; open ones are counted by each query. */
function countDecided(row: Row | undefined): CountedEntry | undefined {
	return isEntry(row) && DECIDED_STATES.has(row.state) ? toCountedEntry(row) : undefined;
}

async function readPayments(
	counting: Counting,
	objects: ReadonlySet<string>,
): Promise<Map<string, EntriesOfPayment>> {
	const stored = await counting.readNotes([...objects].map(paymentNote));
	return new Map(
		[...objects].map((object, nth) => {
			const entries = JSON.parse(stored[nth] ?? '[]') as [string, CountedEntry][];
			return [object, new Map(entries)];
		}),
	);
}

function parseNote(text: string | undefined): EntryNote | undefined {
	return text === undefined ? undefined : (JSON.parse(text) as EntryNote);
}

function objectOf(note: EntryNote | undefined): string | undefined {
	if (!note) return undefined;
	return 'of' in note ? note.of : note.payment?.object;
}

function toNote(counted: CountedEntry | undefined): string | null {
	if (!counted) return null;
	const note: EntryNote = counted.payment ? { of: counted.payment.object } : counted;
	return JSON.stringify(note);
}

function toPaymentNote(entries: EntriesOfPayment): string | null {
	return entries.size === 0 ? null : JSON.stringify([...entries]);
}

/** Counts in the background while claims are made, so that queries have little left to count. */
export class BackgroundCount {
	private running: Promise<void> | undefined;
	private claims = 0;

	/** Returns the instance that all ledgers on a store share. */
	static of(store: Store): BackgroundCount {
		const known = backgroundCounts.get(store) ?? new BackgroundCount();
		backgroundCounts.set(store, known);
		return known;
	}

	/** Call it with each claim. Counts a batch every `BATCH_SIZE / 2` claims. No claim waits for it. */
	start(store: Store): void {
		if (!store.counting || ++this.claims < BATCH_SIZE / 2 || this.running) return;
		this.claims = 0;
		this.running = this.countBatch(store, store.counting).finally(() => (this.running = undefined));
	}

	/** Resolves when no count is running. */
	async finish(): Promise<void> {
		await this.running;
	}

	/** Never throws: a later count includes what this one missed. */
	private async countBatch(store: Store, counting: Counting): Promise<void> {
		try {
			await countChanges(store, counting);
		} catch (error) {
			// The claim itself reports a store that is unavailable.
			if (!(error instanceof StoreUnavailableError))
				process.emitWarning(`The ledger could not count its entries: ${String(error)}`);
		}
	}
}

const backgroundCounts = new WeakMap<Store, BackgroundCount>();
