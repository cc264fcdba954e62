import type { Entry, Origin } from '../../ledger/model/entry';
import type { ItemResult } from '../shared/run/result';
import type { WriteItem } from './item';

/** The entries of earlier items of this run. A second item with the same entry is a duplicate. */
export class SeenEntries {
	private readonly entryIds = new Set<string>();

	/** @param isRetry whether n8n repeats an execution, whose results never left the node */
	constructor(private readonly isRetry: boolean) {}

	add(entryId: string): void {
		this.entryIds.add(entryId);
	}

	/**
	 * Returns whether the ledger's answer for an item has left the node before.
	 *
	 * @param entry undefined if there is none
	 */
	isDuplicate(entry: Entry | undefined, { claim }: WriteItem): boolean {
		const isTwin = this.entryIds.has(entry?.entryId ?? claim.entryId);
		return isTwin || (!this.isRetry && entry?.origin.run !== claim.origin.run);
	}
}

/**
 * Warns if another execution of the same workflow processes the same items now. Nothing is paid twice, but it is probably a
 * mistake, unless the other one was killed and this one is its repeat.
 *
 * @param startedAt when this run started, by Stripe's time; undefined if it is not known
 */
export function warnOfSecondRun(result: ItemResult, own: Origin, startedAt: number | undefined): ItemResult {
	const { entry } = result;
	if (!entry || result.warning !== undefined || !isOtherExecution(entry.origin, own)) return result;
	const { executionId } = entry.origin;
	const check = 'two triggers start it, or a schedule starts it before the last run has ended.';
	if (wasSettledSince(entry, startedAt)) {
		const warning = `The same workflow is running twice at once: execution ${executionId} works on the same items. Nothing is paid twice. Check whether ${check}`;
		return { ...result, warning };
	}
	if (result.outcome !== 'busy') return result;
	const warning = `Execution ${executionId} of the same workflow is still working on the same items, or was interrupted. Nothing is paid twice. If it is still working, check whether ${check}`;
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
