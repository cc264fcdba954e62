import type { Entry } from '../../../ledger/model/entry';
import { findEntries } from '../../../ledger/queries/findEntries';
import { inParallel } from '../../shared/run/concurrency';
import type { Departure } from '../output/result';
import { answered } from '../output/result';
import { dueOf } from './due';
import type { Item } from '../item';
import { refusedAlone } from '../output/errorToResult';
import { StripeOfItem } from './stripeAccess';

/** How many entries are sent at the same time; how fast is for the pace to say. */
const AT_ONCE = 5;

/**
 * Everything that is due is retried as one thing is, and each leaves by itself: what cannot be retried stops no other.
 *
 * @param retry how one entry is retried
 */
export async function retryAllDue(
	item: Item,
	retry: (item: Item, entry: Entry) => Promise<Departure>,
): Promise<Departure | readonly Departure[]> {
	const { context, progress, turns } = item.run;
	const states = item.read.flag('alsoReleased')
		? (['unknown', 'released'] as const)
		: (['unknown'] as const);
	const most = item.read.mostResults();
	const open = await findEntries(await item.store(), { states }, Infinity, item.now());
	if (open.length === 0) return answered('success');
	const { entries, leftOut } = dueOf(open, await StripeOfItem.of(item), item.now());
	if (leftOut !== undefined) progress?.remark(leftOut);
	if (entries.length === 0) return answered('success');
	const due = entries.slice(0, most);
	progress?.leadsTo(due.length);
	return inParallel(due, AT_ONCE, async (entry) => {
		const departure = await turns
			.take(objectOf(entry), () => retry(item, entry))
			.catch((error: unknown) => refusedAlone(context, error, entry));
		progress?.passed(departure);
		return departure;
	});
}

/** What is about one object keeps its order: to confirm it and to cancel it are not sent side by side. */
function objectOf({ entryId, request }: Entry): string {
	// As in /v1/payment_intents/pi_1/confirm
	const object = request.path.split('/').at(3);
	return object === undefined ? `entry ${entryId}` : `object ${object}`;
}
