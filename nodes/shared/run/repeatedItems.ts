/**
 * Tells how many items of one run were taken for repeats of others in it. Without it, a key that says too little would hide
 * payments that were never made.
 *
 * @param entryIds the entry that each item led to; undefined for an item that led to none
 */
export function describeRepeatedItems(entryIds: readonly (string | undefined)[]): string | undefined {
	const known = entryIds.filter((entryId) => entryId !== undefined);
	const twins = known.length - new Set(known).size;
	if (twins === 0) return undefined;
	return twins === 1
		? '1 item was treated as a repeat of a different item of this run, because its key is the same. If it is a separate payment or task, choose key fields that tell the two apart.'
		: `${twins} items were treated as repeats of other items of this run, because their keys are the same. If they are separate payments or tasks, choose key fields that tell them apart.`;
}
