import type { Entry } from '../../ledger/model/entry';
import type { WriteItem } from './item';

/** Entries that an item of this run has been sent or answered for: whoever meets one again is a twin. */
export class SeenEntries {
	private readonly entryIds = new Set<string>();

	/** @param isRetry whether n8n repeats an execution: what that has done never left the node */
	constructor(private readonly isRetry: boolean) {}

	add(entryId: string): void {
		this.entryIds.add(entryId);
	}

	/** Whether what an item finds in the ledger has left the node before. @param entry none where there is none to see */
	isDuplicate(entry: Entry | undefined, { claim }: WriteItem): boolean {
		const isTwin = this.entryIds.has(entry?.entryId ?? claim.entryId);
		return isTwin || (!this.isRetry && entry?.origin.run !== claim.origin.run);
	}
}
