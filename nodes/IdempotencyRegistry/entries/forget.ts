import type { Entry } from '../../../ledger/model/entry';
import type { Departure, Refused } from '../output/result';
import { done, refused } from '../output/result';
import { whatOf } from '../output/describeEntry';
import type { Item } from '../item';
import { kindOf } from './stripeAccess';
import { decidedBy, decider } from '../tokens/decide';
import { notFound, oneEntryOf } from './findEntry';
import { entryItem } from './entryView';
import { findByProperties } from './parameters';
import type { Operation } from '../operation';

/** The way out of a first try: in live mode there is none, because there it would be paid again. */
export const forget: Operation = {
	value: 'forget',
	name: 'Forget',
	action: 'Forget an entry of test mode',
	description:
		'Remove what was tried out in test mode, so that the same order can be tried again. Never what was done in live mode.',
	decidedByPeople: { rule: 'What was tried out is forgotten by a person', waits: 'waits for a person' },
	outputs: ['done', 'refused'],
	properties: [...findByProperties, decidedBy],
	execute: async (item) => {
		const by = decider(item);
		const entry = await oneEntryOf(item);
		return 'kind' in entry ? entry : item.run.turns.take(entry.entryId, () => forgotten(item, entry, by));
	},
};

async function forgotten(item: Item, { entryId }: Entry, by: string): Promise<Departure> {
	const ledger = await item.ledger();
	for (;;) {
		const entry = await ledger.find(entryId);
		if (!entry) return notFound({ kind: 'entryId', entryId });
		const why = whyNotForgotten(entry);
		if (why) return why;
		// What has changed since it was read is looked at again: it may be sent right now.
		if (!(await ledger.forget(entry))) continue;
		item.run.context.logger.info(`Entry ${entryId} was forgotten by ${by}`);
		return done({ ...entryItem(entry, item.now(), true), forgotten: true });
	}
}

function whyNotForgotten(entry: Entry): Refused | undefined {
	const what = whatOf(entry);
	if (entry.state === 'reserved') {
		return notForgotten(
			entry,
			'reserved',
			`A token stands for this (${what}), and a limit counts it`,
			'Revoke the token first.',
		);
	}
	if (kindOf(entry) !== 'stripe') {
		return notForgotten(
			entry,
			'not_of_stripe',
			`This (${what}) was not sent to Stripe by these nodes`,
			'Take another value for the next try.',
		);
	}
	if (entry.mode !== 'test') {
		return notForgotten(
			entry,
			'live',
			`This (${what}) was done in live mode: forgotten, it would be paid again`,
			'Nothing has to be done: the ledger forgets it by itself when its retention is over.',
		);
	}
	if (entry.state === 'in_flight') {
		return notForgotten(
			entry,
			'in_flight',
			`This (${what}) is being sent, or was cut off while it was sent`,
			'Run it again, or use Reconcile; forget it when its outcome is known.',
		);
	}
	return undefined;
}

function notForgotten(entry: Entry, reason: string, message: string, nextStep: string): Refused {
	return refused({ outcome: 'not_forgotten', reason, message, nextStep, entry });
}
