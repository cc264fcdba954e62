import type { Entry } from '../../../ledger/model/entry';
import { changedObjects } from '../../../stripe/api/apiPath';
import { mapWithConcurrency } from '../../shared/run/concurrency';
import type { RegistryResult } from '../output/result';
import { answerThrough, refuseAs } from '../output/result';
import { selectDue } from './due';
import { OUTPUT_LABELS } from '../output/outputs';
import type { RegistryItem } from '../item';
import { partErrorToResult } from '../../shared/run/errorToResult';
import { openStripeAccess } from '../stripeAccess';

/** How many entries are sent at once. The pace limits the requests. */
const RETRY_CONCURRENCY = 5;

/**
 * Retries every due entry like a single one, with a result each. An entry that cannot be retried does not stop the others.
 *
 * @param retry retries one entry
 */
export async function retryAllDue(
	item: RegistryItem,
	retry: (item: RegistryItem, entry: Entry) => Promise<RegistryResult>,
): Promise<RegistryResult | readonly RegistryResult[]> {
	const { context, progress, mutex: turns } = item.run;
	const states = item.read.flag('alsoReleased')
		? (['unknown', 'released'] as const)
		: (['unknown'] as const);
	const most = item.read.maxResults();
	const open = await (await item.openLedger()).queries.find({ states }, Infinity);
	if (open.length === 0) return answerThrough('success');
	const { entries, skippedMessage } = selectDue(open, await openStripeAccess(item), item.now());
	if (skippedMessage !== undefined) progress.addRemark(skippedMessage);
	if (entries.length === 0) return answerThrough('success');
	const due = entries.slice(0, most);
	progress.expand(due.length);
	// Requests about one object keep their order: a confirmation and a cancellation are not sent concurrently.
	return mapWithConcurrency(due, RETRY_CONCURRENCY, async (entry) => {
		const result = await turns
			.runExclusive(changedObjects(entry.request), () => retry(item, entry))
			.catch((error: unknown) => ({
				...refuseAs(partErrorToResult(context, error), 'refused'),
				entry,
			}));
		progress.complete(result, OUTPUT_LABELS[result.output]);
		return result;
	});
}
