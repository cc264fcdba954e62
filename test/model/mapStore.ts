import type { Row } from '../../ledger/model/row';
import type { RowFilter, RowVersion, RowWrite, Store } from '../../ledger/store';

/** The contract of a store and nothing else: a failure on it is a fault of the ledger's rules. */
export class MapStore implements Store {
	private readonly rows = new Map<string, Row>();

	async insertIfAbsent(rows: readonly Row[]): Promise<Row[]> {
		return rows.map((row) => {
			const current = this.rows.get(row.entryId);
			if (!current) this.rows.set(row.entryId, row);
			return current ?? row;
		});
	}

	async replaceIfVersion(rows: readonly Row[]): Promise<boolean[]> {
		return rows.map((row) => {
			const isSeen = this.rows.get(row.entryId)?.version === row.version - 1;
			if (isSeen) this.rows.set(row.entryId, row);
			return isSeen;
		});
	}

	async replaceTogether(writes: readonly RowWrite[]): Promise<boolean> {
		const areSeen = writes.every(({ row, isNew }) => {
			const version = this.rows.get(row.entryId)?.version;
			return isNew ? version === undefined : version === row.version - 1;
		});
		if (areSeen) for (const { row } of writes) this.rows.set(row.entryId, row);
		return areSeen;
	}

	async find(entryIds: readonly string[]): Promise<(Row | undefined)[]> {
		return entryIds.map((entryId) => this.rows.get(entryId));
	}

	async list({ states, expiredBy = Infinity, limit }: RowFilter): Promise<Row[]> {
		return [...this.rows.values()]
			.filter(({ state, expiresAt }) => (states?.includes(state) ?? true) && expiresAt <= expiredBy)
			.toSorted((a, b) => b.expiresAt - a.expiresAt)
			.slice(0, limit);
	}

	async remove(rows: readonly RowVersion[]): Promise<boolean[]> {
		return rows.map(
			({ entryId, version }) =>
				this.rows.get(entryId)?.version === version && this.rows.delete(entryId),
		);
	}

	async *scan(): AsyncGenerator<Row[]> {
		yield [...this.rows.values()];
	}

	async durabilityWarnings(): Promise<string[]> {
		return [];
	}
}
