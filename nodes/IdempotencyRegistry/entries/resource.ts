import { done } from '../output/result';
import { adopt } from './adopt';
import { cancel } from './cancel';
import { entriesOf } from './findEntry';
import { forget } from './forget';
import { entryItem } from './entryView';
import { getMany, purge, summarize } from './list';
import { findByProperties, simplifyProperty } from './parameters';
import { reconcile } from './reconcile';
import { retry } from './retry';
import { settle } from './settleByHand';
import type { Operation, Resource } from '../operation';

const get: Operation = {
	value: 'get',
	name: 'Get',
	action: 'Get an entry',
	description: 'Look up what was done about one thing; several entries if several things were done',
	outputs: ['done', 'refused'],
	properties: [...findByProperties, simplifyProperty],
	execute: async (item) => {
		const simplify = item.read.flag('simplify');
		const found = await entriesOf(item, { inAnyCase: true });
		if ('kind' in found) return found;
		return done(...found.map((entry) => entryItem(entry, item.now(), simplify)));
	},
};

/** The ledger for people: what stands in it, what waits, what is unknown, what can be stopped and what may be forgotten. */
export const entry: Resource = {
	value: 'entry',
	name: 'Entry',
	// The first one is what a new node does: nothing that changes the ledger.
	operations: [get, getMany, summarize, reconcile, retry, settle, adopt, cancel, forget, purge],
};
