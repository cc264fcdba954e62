import { answerDone } from '../output/result';
import { adoptOperation } from './adopt';
import { cancelOperation } from './cancel';
import { findEntriesOfItem } from './findEntry';
import { forgetOperation } from './forget';
import { toEntryView } from './entryView';
import { getManyOperation, purgeOperation, summarizeOperation } from './list';
import { onlyCustomer } from './onlyCustomer';
import { findByProperties, simplifyEntryProperty } from './parameters';
import { reconcileOperation } from './reconcile';
import { retryOperation } from './retry';
import { settleOperation } from './settleManually';
import type { RegistryOperation, RegistryResource } from '../operation';

const getOperation: RegistryOperation = {
	value: 'get',
	name: 'Get',
	action: 'Get an entry',
	description: 'Find the entries for one order, payment or key',
	outputs: ['done', 'refused'],
	properties: [...findByProperties, simplifyEntryProperty],
	options: [onlyCustomer],
	execute: async (item) => {
		const simplify = item.read.flag('simplify');
		const found = await findEntriesOfItem(item, { inAnyCase: true });
		if ('kind' in found) return found;
		return answerDone(...found.map((entry) => toEntryView(entry, item.now(), { simplify })));
	},
};

/** The ledger for people: what it contains, what is waiting or unknown, and what can be cancelled or purged. */
export const entryResource: RegistryResource = {
	value: 'entry',
	name: 'Entry',
	// The first one is the default of a new node, so it must not change the ledger.
	operations: [
		getOperation,
		getManyOperation,
		summarizeOperation,
		reconcileOperation,
		retryOperation,
		settleOperation,
		adoptOperation,
		cancelOperation,
		forgetOperation,
		purgeOperation,
	],
};
