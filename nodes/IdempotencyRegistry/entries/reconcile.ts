import type { Entry } from '../../../ledger/model/entry';
import { findEntries } from '../../../ledger/queries/findEntries';
import { inParallel } from '../../shared/run/concurrency';
import { answered } from '../output/result';
import type { Item } from '../item';
import { Looker } from './reconciler';
import { refusedAlone } from '../output/errorToResult';
import { numberOf, requestsPerSecond } from '../options';
import { entriesOf } from './findEntry';
import { findByProperties, limitProperties, shownFor, simplifyProperty } from './parameters';
import type { Operation } from '../operation';

const WHICH = ['one', 'unknown'] as const;

/** How many entries are asked about at the same time; how fast is for the pace to say. */
const AT_ONCE = 5;

export const reconcile: Operation = {
	value: 'reconcile',
	name: 'Reconcile',
	action: 'Reconcile an entry',
	description: 'Find out from Stripe what became of what was sent without a clear answer. Sends nothing.',
	outputs: ['known', 'stillUnknown', 'refused'],
	needsStripe: true,
	progress: 'looked up',
	properties: [
		{
			displayName: 'Which',
			name: 'which',
			type: 'options',
			options: [
				{
					name: 'All That Is Unknown',
					value: 'unknown',
					description: 'Those longest not looked at first',
				},
				{ name: 'One Thing', value: 'one', description: 'All entries that lead to it' },
			],
			default: 'one',
		},
		...shownFor('which', 'one', findByProperties),
		...shownFor('which', 'unknown', limitProperties),
		simplifyProperty,
	],
	options: [requestsPerSecond, numberOf('timeoutSeconds', 'How long to wait for one answer of Stripe')],
	execute: async (item) => {
		const isOne = item.read.choice('which', WHICH) === 'one';
		const found = isOne ? await entriesOf(item) : await unknownEntries(item);
		if ('kind' in found) return found;
		// To a model an empty answer looks like a call that went wrong.
		if (found.length === 0) return answered('known');
		const looker = await Looker.of(item);
		const entries = isOne ? found : looker.inTurn(found).slice(0, item.read.mostResults());
		const { progress } = item.run;
		progress?.leadsTo(entries.length);
		return inParallel(entries, AT_ONCE, async (entry) => {
			const departure = await looker
				.look(entry)
				.catch((error: unknown) => refusedAlone(item.run.context, error, entry));
			progress?.passed(departure);
			return departure;
		});
	},
};

async function unknownEntries(item: Item): Promise<Entry[]> {
	return findEntries(await item.store(), { states: ['unknown'] }, Infinity, item.now());
}
