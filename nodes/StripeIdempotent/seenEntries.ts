import type { Entry, Origin } from '../../ledger/model/entry';
import type { ItemResult } from '../shared/run/result';
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

/**
 * Says where another execution of the same workflow works on the same items now: nothing is paid twice, but nobody wants two.
 *
 * @param startedAt when this one began, by Stripe's time; undefined where that is not known
 */
export function warnOfSecondRun(result: ItemResult, own: Origin, startedAt: number | undefined): ItemResult {
	const { entry } = result;
	if (!entry || result.warning !== undefined || !isOtherExecution(entry.origin, own)) return result;
	if (result.outcome !== 'busy' && !wasSettledSince(entry, startedAt)) return result;
	const warning = `The same workflow is running twice at once: execution ${entry.origin.executionId} works on the same items. Nothing is paid twice. Check whether two triggers start it, or a schedule starts it before the last run has ended.`;
	return { ...result, warning };
}

function isOtherExecution(other: Origin, own: Origin): other is Origin & { executionId: string } {
	const isSameWorkflow = own.workflowId !== undefined && other.workflowId === own.workflowId;
	return (
		isSameWorkflow &&
		own.executionId !== undefined &&
		other.executionId !== undefined &&
		other.executionId !== own.executionId
	);
}

function wasSettledSince(entry: Entry, startedAt: number | undefined): boolean {
	return startedAt !== undefined && 'settledAt' in entry && entry.settledAt > startedAt;
}
