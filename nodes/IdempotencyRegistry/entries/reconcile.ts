import type { Entry } from '../../../ledger/model/entry';
import { mapWithConcurrency } from '../../shared/run/concurrency';
import { answerThrough, refuseAs, OUTPUT_LABELS } from '../output/result';
import type { RegistryItem } from '../item';
import { EntryReconciler } from './reconciler';
import { partErrorToResult } from '../../shared/run/errorToResult';
import { buildRegistryNumberOption, requestsPerSecond } from '../options';
import { findEntriesOfItem } from './findEntry';
import { limitEntriesToCustomer, onlyCustomer } from './onlyCustomer';
import { findByProperties, limitProperties, showFor, simplifyEntryProperty } from './parameters';
import type { RegistryOperation } from '../operation';

const RECONCILE_SCOPES = ['one', 'unknown'] as const;

/** How many entries are reconciled at once. The pace limits the requests. */
const RECONCILE_CONCURRENCY = 5;

export const reconcileOperation: RegistryOperation = {
	value: 'reconcile',
	name: 'Reconcile',
	action: 'Reconcile an entry',
	description: 'Check Stripe for the outcome of requests without a clear response. Sends nothing.',
	outputs: ['resolved', 'unresolved', 'refused'],
	needsStripe: true,
	progress: 'looked up',
	properties: [
		{
			displayName: 'Which',
			name: 'which',
			type: 'options',
			options: [
				{
					name: 'All Unknown Entries',
					value: 'unknown',
					description: 'Those not checked for the longest time first',
				},
				{ name: 'Single Entry', value: 'one', description: 'All entries that match' },
			],
			default: 'one',
		},
		...showFor('which', 'one', findByProperties),
		...showFor('which', 'unknown', limitProperties),
		simplifyEntryProperty,
	],
	options: [
		onlyCustomer,
		requestsPerSecond,
		buildRegistryNumberOption('timeoutSeconds', 'How long to wait for each response from Stripe'),
	],
	execute: async (item) => {
		const isOne = item.read.choice('which', RECONCILE_SCOPES) === 'one';
		const found = isOne ? await findEntriesOfItem(item) : await findUnknownEntries(item);
		if ('kind' in found) return found;
		// A model takes an empty result for a failed call.
		if (found.length === 0) return answerThrough('resolved');
		const reconciler = await EntryReconciler.of(item);
		const entries = isOne
			? found
			: reconciler.leastRecentlyCheckedFirst(found).slice(0, item.read.maxResults());
		const { progress } = item.run;
		progress.expand(entries.length);
		return mapWithConcurrency(entries, RECONCILE_CONCURRENCY, async (entry) => {
			const result = await reconciler.reconcile(entry).catch((error: unknown) => ({
				...refuseAs(partErrorToResult(item.run.context, error), 'refused'),
				entry,
			}));
			progress.complete(result, OUTPUT_LABELS[result.output]);
			return result;
		});
	},
};

async function findUnknownEntries(item: RegistryItem): Promise<Entry[]> {
	const unknown = await (await item.openLedger()).queries.find({ states: ['unknown'] }, Infinity);
	return limitEntriesToCustomer(item, unknown);
}
