import type { Row } from '../model/entry';
import type { Store } from '../store';
import type { StoreUnavailable } from '../store';

/** Stands for a store that could not be opened: whoever uses it learns why. */
export class UnavailableStore implements Store {
	constructor(private readonly why: StoreUnavailable) {}

	insertIfAbsent = (): Promise<Row[]> => Promise.reject(this.why);
	replaceIfVersion = (): Promise<boolean[]> => Promise.reject(this.why);
	find = (): Promise<(Row | undefined)[]> => Promise.reject(this.why);
	list = (): Promise<Row[]> => Promise.reject(this.why);
	remove = (): Promise<boolean[]> => Promise.reject(this.why);
	/** That it cannot be used is told already, at every use. */
	risks = (): Promise<string[]> => Promise.resolve([]);

	// eslint-disable-next-line require-yield -- it fails before the first row
	async *scan(): AsyncGenerator<Row[]> {
		throw this.why;
	}
}
