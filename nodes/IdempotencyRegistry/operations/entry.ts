import { done } from '../departure';
import { adopt } from './entryAdopt';
import { cancel } from './entryCancel';
import { entriesOf } from './entryClue';
import { forget } from './entryForget';
import { entryItem } from './entryItem';
import { getMany, purge, summarize } from './entryLists';
import { findByProperties, simplifyProperty } from './entryParameters';
import { reconcile } from './entryReconcile';
import { retry } from './entryRetry';
import { settle } from './entrySettle';
import type { Operation, Resource } from './operation';

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
