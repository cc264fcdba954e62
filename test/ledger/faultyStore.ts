import type { Row } from '../../ledger/model/row';
import type { RowFilter, RowVersion, RowWrite, Store } from '../../ledger/store';
import { StoreUnavailableError } from '../../ledger/store';
import { StaticDataStore } from '../../ledger/stores/staticData';

export type StoreFault =
	| 'none'
	/** Nothing is done, and it throws. */
	| 'before'
	/** It is done, and it throws: the acknowledgement is lost. */
	| 'after'
	/** It is done, and the answer says that it was not. */
	| 'denied';

/** A store that stands before another one and fails where it is told to. */
export class FaultyStore implements Store {
	readonly calls: (keyof Store)[] = [];

	constructor(
		private readonly store: Store,
		public faultOf: (method: keyof Store) => StoreFault = () => 'none',
	) {}

	/** These faults befall the next calls of a method, one each; after them it is sound again. */
	failNext(method: keyof Store, ...faults: StoreFault[]): void {
		const before = this.faultOf;
		this.faultOf = (called) => (called === method ? faults.shift() : undefined) ?? before(called);
	}

	insertIfAbsent(rows: readonly Row[]): Promise<Row[]> {
		return this.call('insertIfAbsent', () => this.store.insertIfAbsent(rows));
	}
	replaceIfVersion(rows: readonly Row[]): Promise<boolean[]> {
		return this.call('replaceIfVersion', () => this.store.replaceIfVersion(rows));
	}
	async replaceTogether(writes: readonly RowWrite[]): Promise<boolean> {
		const call = async () => [await this.store.replaceTogether(writes)];
		const [isWritten = false] = await this.call('replaceTogether', call);
		return isWritten;
	}
	find(entryIds: readonly string[]): Promise<(Row | undefined)[]> {
		return this.call('find', () => this.store.find(entryIds));
	}
	list(filter: RowFilter): Promise<Row[]> {
		return this.call('list', () => this.store.list(filter));
	}
	remove(rows: readonly RowVersion[]): Promise<boolean[]> {
		return this.call('remove', () => this.store.remove(rows));
	}
	scan(): AsyncIterable<Row[]> {
		return this.store.scan();
	}
	durabilityWarnings(): Promise<string[]> {
		return this.store.durabilityWarnings();
	}

	private async call<R>(method: keyof Store, act: () => Promise<R[]>): Promise<R[]> {
		this.calls.push(method);
		const fault = this.faultOf(method);
		if (fault === 'before') throw new StoreUnavailableError('The ledger is down');
		const answer = await act();
		if (fault === 'after') throw new StoreUnavailableError('The ledger went down');
		return fault === 'denied' ? answer.map((one) => (one === true ? (false as R) : one)) : answer;
	}
}

/** A store in the memory of this test alone. */
export function memoryStore(): Store {
	return new StaticDataStore({}, 'workflow', new Map());
}
