import type { Entry } from '../../../ledger/model/entry';
import { provenByEvidence } from '../../../ledger/model/evidence';
import { isLeaseOver } from '../../../ledger/model/entryStatus';
import type { Departure } from '../output/result';
import { done, refused } from '../output/result';
import { whatOf } from '../output/describeEntry';
import type { Item } from '../item';
import { DAY_MS, retention } from '../options';
import { decidedBy, decider } from '../tokens/decide';
import { notFound, oneEntryOf } from './findEntry';
import { entryItem } from './entryView';
import { findByProperties } from './parameters';
import type { Operation } from '../operation';

export const cancel: Operation = {
	value: 'cancel',
	name: 'Cancel',
	action: 'Cancel an entry',
	description: 'Stop for good what has surely not been done: it will not be sent any more',
	outputs: ['done', 'refused'],
	properties: [...findByProperties, decidedBy],
	options: [retention],
	execute: async (item) => {
		const by = decider(item);
		const retentionMs = item.read.optionNumber('retentionDays') * DAY_MS;
		const entry = await oneEntryOf(item);
		return 'kind' in entry ? entry : cancelled(item, entry, by, retentionMs);
	},
};

async function cancelled(
	item: Item,
	{ entryId }: Entry,
	by: string,
	retentionMs: number,
): Promise<Departure> {
	const verdict = await (await item.registry()).cancel(entryId, by, retentionMs);
	if (!verdict) return notFound({ kind: 'entryId', entryId });
	const { kind, entry } = verdict;
	switch (kind) {
		case 'done':
		case 'already':
			return done(entryItem(entry, item.now(), true));
		case 'refused':
		case 'over':
			return refused({ outcome: 'not_cancelled', ...why(entry, item.now()), entry });
	}
}

/** Why it cannot be stopped any more, and what can be done instead. */
function why(
	entry: Entry,
	now: number,
): { reason: string; message: string; nextStep: string; retryable: boolean } {
	const what = whatOf(entry);
	if (entry.state === 'succeeded' || provenByEvidence(entry)) {
		return {
			reason: 'succeeded',
			message: `This (${what}) was done, so it cannot be stopped here`,
			nextStep:
				'To undo it, refund the payment, or cancel or delete the object in Stripe, e.g. with the Stripe Idempotent node.',
			retryable: false,
		};
	}
	if (entry.state === 'in_flight' && !isLeaseOver(entry, now)) {
		return {
			reason: 'in_flight',
			message: `This (${what}) is being sent right now, so it cannot be stopped here`,
			nextStep: `Wait for its outcome, until ${new Date(entry.leaseUntil).toISOString()} at the latest. If it is done by then, undo it with a refund.`,
			retryable: true,
		};
	}
	return {
		reason: 'unknown',
		message: `This (${what}) was sent, and nobody knows what came of it, so it cannot be stopped here`,
		nextStep:
			'Find out first, with Reconcile. Or run the same item again, which uses the same key and pays nothing twice. If it was done, undo it with a refund.',
		retryable: false,
	};
}
