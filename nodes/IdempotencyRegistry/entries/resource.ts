import { answerDone } from '../output/result';
import { adoptOperation } from './adopt';
import { cancelOperation } from './cancel';
import { findEntriesOfItem } from './findEntry';
import { forgetOperation } from './forget';
import { toEntryView } from './entryView';
import { getManyOperation, purgeOperation, summarizeOperation } from './list';
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
	execute: async (item) => {
		const simplify = item.read.flag('simplify');
		const found = await findEntriesOfItem(item, { inAnyCase: true });
		if ('kind' in found) return found;
		return answerDone(...found.map((entry) => toEntryView(entry, item.now(), { simplify })));
	},
};

/** The ledger for people: what stands in it, what waits, what is unknown, what can be stopped and what may be forgotten. */
export const entryResource: RegistryResource = {
	value: 'entry',
	name: 'Entry',
	// The first one is what a new node does: nothing that changes the ledger.
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
