import type { Clock } from '../clock';
import type { Entry } from '../model/entry';
import type { Store } from '../store';
import type { EntryQuery, FindOptions } from './findEntries';
import { findEntries } from './findEntries';
import type { EntryLookup, LookupResult } from './lookup';
import { findEntriesOfObjects, lookUp } from './lookup';
import type { Summary } from './summarize';
import { summarize } from './summarize';

/** The read-only queries of a ledger. */
export class Queries {
	constructor(
		private readonly store: Store,
		private readonly clock: Clock,
	) {}

	/** Returns the newest first. */
	find(query: EntryQuery, limit: number, options?: FindOptions): Promise<Entry[]> {
		return findEntries(this.store, query, limit, this.clock.now(), options);
	}

	lookUp(lookup: EntryLookup): Promise<LookupResult> {
		return lookUp(this.store, lookup);
	}

	/** Returns the newest entry of each object that has one. @throws StoreUnavailableError */
	findByObjects(objectIds: ReadonlySet<string>): Promise<Map<string, Entry>> {
		return findEntriesOfObjects(this.store, objectIds);
	}

	/** Summarizes the ledger, and what needs a person's attention. @throws StoreUnavailableError */
	summarize(): Promise<Summary> {
		return summarize(this.store, this.clock.now());
	}
}
