import type { Summary } from '../../ledger/queries/summarize';
import { summarize } from '../../ledger/queries/summarize';
import type { Store } from '../../ledger/store';

/** The summary by the sums that a store keeps, beside what reading every entry gives. */
export async function sumUpTwice(store: Store, now: number): Promise<{ summed: Summary; read: Summary }> {
	const withoutSums = Object.assign(Object.create(store) as Store, { counting: undefined });
	return { summed: await summarize(store, now), read: await summarize(withoutSums, now) };
}

export async function expectSoundSums(store: Store, now: number): Promise<Summary> {
	const { summed, read } = await sumUpTwice(store, now);
	expect(summed).toEqual(read);
	return summed;
}
