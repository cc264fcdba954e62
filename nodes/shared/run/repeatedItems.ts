/**
 * Describes how many items of one run were duplicates of others. Without it, a key that is not specific enough would hide
 * payments that were never made.
 *
 * @param entryIds the entry of each item; undefined for an item without one
 */
export function describeRepeatedItems(entryIds: readonly (string | undefined)[]): string | undefined {
	const known = entryIds.filter((entryId) => entryId !== undefined);
	const twins = known.length - new Set(known).size;
	if (twins === 0) return undefined;
	return twins === 1
		? '1 item was treated as a repeat of a different item of this run, because its key is the same. If it is a separate payment or task, choose key fields that tell the two apart.'
		: `${twins} items were treated as repeats of other items of this run, because their keys are the same. If they are separate payments or tasks, choose key fields that tell them apart.`;
}
