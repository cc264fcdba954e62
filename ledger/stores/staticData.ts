import type { Entry, Outcome } from '../model/entry';
import type { RowFilter, RowVersion, RowWrite, Store } from '../store';
import { PURGEABLE_STATES, isEntry, KEY_SECRET_ROW_PREFIX, StoreUnavailableError } from '../store';
import { isReadableOlderVersion, otherSchemaReason, SCHEMA_VERSION } from './schemaVersion';
import type { Row } from '../model/row';

/** Maximum rows in a workflow's static data: n8n rewrites the whole blob at the end of every execution. */
const MAX_ROWS = 500;

/** The fields of a Stripe object that may be stored where everybody who can read the workflow can read them. */
const STORED_BODY_FIELDS = ['id', 'object', 'status', 'amount', 'currency', 'created'] as const;

/** The only property of the workflow's static data that belongs to this package. */
const NAMESPACE = 'stripeIdempotent';

/** The guard of one process: all rows that its executions wrote, and the workflows whose blobs hold them. */
export type ProcessGuard = Map<string, { row: Row; workflowIds: ReadonlySet<string> }>;

export const guardOfThisProcess: ProcessGuard = new Map();

/**
 * The ledger in a workflow's static data. n8n reads the blob when an execution begins, and writes it as a whole and unchecked
 * when the execution ends; manual, stopped and killed executions lose it. Therefore claims compete for the guard, which all
 * executions of this process share, and `save` writes all rows of the workflow from the guard to the blob. Whichever execution
 * ends last also saves what the others wrote.
 *
 * It protects within one process only.
 */
export class StaticDataStore implements Store {
	/** Anybody who can read the workflow can read it. */
	readonly isPublic = true;
	/** Why the saved data cannot be read. If set, nothing is read and nothing is overwritten. */
	private readonly refusal: string | undefined;

	constructor(
		private readonly blob: Record<string, unknown>,
		private readonly workflowId: string,
		private readonly guard: ProcessGuard = guardOfThisProcess,
	) {
		this.refusal = reasonToRefuse(blob[NAMESPACE]);
		for (const row of this.refusal === undefined ? readRows(blob[NAMESPACE]) : []) {
			const known = guard.get(this.placeOf(row.entryId))?.row;
			// The newest write wins: the row in this process's memory, or the one that a later process saved.
			this.keep(known && known.version >= row.version ? known : row);
		}
	}

	/** Writes the rows to the blob. Call it when the node ends, even if it fails: n8n saves the blob when the execution ends. */
	save(): void {
		if (this.refusal !== undefined) return;
		// A copy, because n8n wraps the object that it is given and would write its markers into our rows.
		this.blob[NAMESPACE] = JSON.parse(
			JSON.stringify({ version: SCHEMA_VERSION, rows: this.rows() }),
		) as unknown;
	}

	insertIfAbsent(rows: readonly Row[]): Promise<Row[]> {
		return this.writing(rows, (row) => {
			const current = this.guard.get(this.placeOf(row.entryId));
			if (current) return current.row;
			this.makeRoom([row]);
			this.keep(compact(row));
			return row;
		});
	}

	replaceIfVersion(rows: readonly Row[]): Promise<boolean[]> {
		return this.writing(rows, (row) => {
			const current = this.guard.get(this.placeOf(row.entryId));
			if (current?.row.version !== row.version - 1) return false;
			this.keep(compact(row));
			return true;
		});
	}

	async replaceTogether(writes: readonly RowWrite[]): Promise<boolean> {
		this.refuseIfUnreadable();
		const areAsSeen = writes.every(({ row, isNew }) => {
			const current = this.guard.get(this.placeOf(row.entryId))?.row;
			return isNew ? current === undefined : current?.version === row.version - 1;
		});
		if (!areAsSeen) return false;
		const added = writes.flatMap(({ row, isNew }) => (isNew ? [row] : []));
		this.makeRoom(added, new Set(writes.map(({ row }) => row.entryId)));
		for (const { row } of writes) this.keep(compact(row));
		return true;
	}

	remove(rows: readonly RowVersion[]): Promise<boolean[]> {
		return this.writing(rows, ({ entryId, version }) => {
			return (
				this.guard.get(this.placeOf(entryId))?.row.version === version &&
				this.guard.delete(this.placeOf(entryId))
			);
		});
	}

	async find(entryIds: readonly string[]): Promise<(Row | undefined)[]> {
		this.refuseIfUnreadable();
		return entryIds.map((entryId) => this.guard.get(this.placeOf(entryId))?.row);
	}

	async list({ states, expiredBy, limit }: RowFilter): Promise<Row[]> {
		this.refuseIfUnreadable();
		const found = this.rows()
			.filter(({ state }) => !states || states.includes(state))
			.filter(({ expiresAt }) => expiredBy === undefined || expiresAt <= expiredBy)
			.sort((a, b) => b.expiresAt - a.expiresAt);
		return found.slice(0, limit);
	}

	async *scan(): AsyncGenerator<Row[]> {
		this.refuseIfUnreadable();
		yield this.rows();
	}

	/** Empty: the node itself shows the limits of static data as a notice. */
	durabilityWarnings(): Promise<string[]> {
		return Promise.resolve([]);
	}

	/** Key secret marks are kept per workflow, because each workflow's static data is a ledger of its own. */
	private placeOf(entryId: string): string {
		return entryId.startsWith(KEY_SECRET_ROW_PREFIX) ? `${this.workflowId} ${entryId}` : entryId;
	}

	/** Adds the row to this workflow's blob. Other workflows that have written it keep it, too. */
	private keep(row: Row): void {
		const others = this.guard.get(this.placeOf(row.entryId))?.workflowIds ?? [];
		this.guard.set(this.placeOf(row.entryId), {
			row,
			workflowIds: new Set([...others, this.workflowId]),
		});
	}

	private rows(): Row[] {
		return [...this.guard.values()]
			.filter(({ workflowIds }) => workflowIds.has(this.workflowId))
			.map(({ row }) => row);
	}

	/** Runs synchronously over all rows, so no other execution can interleave. */

	private async writing<T, R>(rows: readonly T[], act: (row: T) => R): Promise<R[]> {
		this.refuseIfUnreadable();
		return rows.map(act);
	}

	private refuseIfUnreadable(): void {
		if (this.refusal !== undefined) throw new StoreUnavailableError(this.refusal);
	}

	/**
	 * Evicts the oldest settled entries, and the oldest timelines whose entries no longer exist. A row that still protects
	 * money is never evicted: the ledger is full then, and nothing is evicted.
	 *
	 * @param written ids of rows to keep
	 */
	private makeRoom(added: readonly Row[], written: ReadonlySet<string> = new Set()): void {
		if (this.guard.size + added.length <= MAX_ROWS) return;
		const rows = this.rows();
		const timelines = rows.filter(({ state }) => state === 'timeline');
		const entries = rows.filter(isEntry);
		const newTimelines = added.filter(({ state }) => state === 'timeline').length;
		const mayGo = (current: readonly Row[]) => current.filter(({ entryId }) => !written.has(entryId));
		const forgotten = [
			...oldestOf(
				mayGo(timelines),
				timelines.length + newTimelines - MAX_ROWS,
				(row) => !this.leadsToEntry(row),
			),
			...oldestOf(
				mayGo(entries),
				entries.length + added.filter(isEntry).length - MAX_ROWS,
				({ state }) => PURGEABLE_STATES.includes(state),
			),
		];
		for (const { entryId } of forgotten) this.letGo(entryId);
	}

	/** Removes the row from this workflow's blob. It stays in the blobs of other workflows, which have room for it. */
	private letGo(entryId: string): void {
		const known = this.guard.get(entryId);
		const others = new Set(known?.workflowIds);
		others.delete(this.workflowId);
		if (known && others.size > 0) this.guard.set(entryId, { row: known.row, workflowIds: others });
		else this.guard.delete(entryId);
	}

	private leadsToEntry(row: Row): boolean {
		return row.state === 'timeline' && row.occurrences.some(({ entryId }) => this.guard.has(entryId));
	}
}

/** @throws StoreUnavailableError if too few rows may be evicted */
function oldestOf(rows: readonly Row[], count: number, mayBeForgotten: (row: Row) => boolean): Row[] {
	if (count <= 0) return [];
	const oldest = rows
		.filter(mayBeForgotten)
		.toSorted((a, b) => a.expiresAt - b.expiresAt)
		.slice(0, count);
	if (oldest.length < count) {
		throw new StoreUnavailableError(
			`The workflow's static data holds ${MAX_ROWS} payments whose outcome is unknown. Choose the ledger Local File.`,
		);
	}
	return oldest;
}

/** @returns undefined if nothing was saved, or this version can read it */
function reasonToRefuse(saved: unknown): string | undefined {
	if (typeof saved !== 'object' || saved === null || !('rows' in saved)) return undefined;
	const { version = 1 } = saved as { version?: unknown };
	if (version === SCHEMA_VERSION || isReadableOlderVersion(Number(version))) return undefined;
	return `${otherSchemaReason("the workflow's static data", Number(version), 'another ledger')}.`;
}

function readRows(saved: unknown): Row[] {
	if (typeof saved !== 'object' || saved === null || !('rows' in saved)) return [];
	if (!Array.isArray(saved.rows)) return [];
	const rows = JSON.parse(JSON.stringify(saved.rows)) as (Row | null)[];
	return rows.filter((row) => typeof row?.entryId === 'string') as Row[];
}

function compact<R extends Row>(row: R): R {
	if (!isEntry(row)) return row;
	const { request, lateResponses, previousAttempts, renewal, ...facts } = row;
	const slim = { ...facts, request: { ...request, params: {} }, paramsStored: false } as R & Entry;
	if (renewal) slim.renewal = { ...renewal, previous: compact(renewal.previous) };
	if (lateResponses)
		slim.lateResponses = lateResponses.map((late) => ({
			...late,
			outcome: slimDownOutcome(late.outcome),
		}));
	if (previousAttempts)
		slim.previousAttempts = previousAttempts.map((attempt) => ({
			...attempt,
			outcome: slimDownOutcome(attempt.outcome),
		}));
	return 'outcome' in slim ? { ...slim, outcome: slimDownOutcome(slim.outcome) } : slim;
}

function slimDownOutcome({ body, ...outcome }: Outcome): Outcome {
	if (!body) return outcome;
	const kept = STORED_BODY_FIELDS.flatMap((name) => (name in body ? [[name, body[name]]] : []));
	return { ...outcome, body: Object.fromEntries(kept) as Record<string, unknown> };
}
