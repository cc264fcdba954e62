import type { INodeProperties } from 'n8n-workflow';

import { objectsOf } from '../../../ledger/model/entryFacts';
import type { Entry } from '../../../ledger/model/entry';
import { causeWaitMs, lastPossibleSend } from '../../../ledger/rules/doubt';
import type { FoundOut } from '../../../ledger/rules/applyReconciliation';
import { readAsTold } from '../../../stripe/reconcile/verifyManualFinding';
import { factsOfObject } from '../../../stripe/objects/paymentState';
import { describing } from '../../shared/parameters/describing';
import { asSent } from '../../shared/stripe/asSent';
import type { Departure, Refused } from '../output/result';
import { done, refused } from '../output/result';
import { whatOf } from '../output/describeEntry';
import { ABSENT, beingDone } from './reconcileResult';
import type { Item } from '../item';
import type { Looked } from './reconciler';
import { Looker } from './reconciler';
import { numberOf } from '../options';
import { kindOf } from './stripeAccess';
import { decidedBy, decider } from '../tokens/decide';
import { notFound, oneEntryOf } from './findEntry';
import { entryItem } from './entryView';
import { findByProperties, simplifyProperty } from './parameters';
import type { Operation } from '../operation';

const VERDICTS = ['done', 'notDone'] as const;

/** What a person says who has looked. */
interface Word {
	verdict: (typeof VERDICTS)[number];
	objectId?: string;
	by: string;
	note?: string;
}

const wordProperties: INodeProperties[] = [
	{
		displayName: 'What Was Found',
		name: 'verdict',
		type: 'options',
		options: [
			{
				name: 'It Was Done',
				value: 'done',
				description: 'The workflow goes on from it, without paying again',
			},
			{
				name: 'Nothing Was Done',
				value: 'notDone',
				description:
					'It may be sent again, with the same key. Only when Stripe cannot finish it any more.',
			},
		],
		default: 'done',
	},
	{
		displayName: 'Stripe Object ID',
		name: 'objectId',
		type: 'string',
		default: '',
		placeholder: 'e.g. pi_3MtwBwLkdIwHu7ix28a3tqPa',
		description:
			'What was found. Needed where something new was asked for; it is read, and compared with what was asked for.',
		displayOptions: { show: { verdict: ['done'] } },
	},
	decidedBy,
	describing({
		displayName: 'Note',
		name: 'note',
		type: 'string',
		default: '',
		placeholder: "e.g. Stripe's support, ticket 4711",
		description: 'How it was found out. It is kept in the ledger too.',
	}),
];

export const settle: Operation = {
	value: 'settle',
	name: 'Settle by Hand',
	action: 'Settle an entry by hand',
	description: 'Write down what a person has found in Stripe, where Reconcile cannot tell. Sends nothing.',
	decidedByPeople: {
		rule: 'What became of a payment is decided by a person',
		waits: 'waits for a person to look',
	},
	outputs: ['done', 'refused'],
	needsStripe: true,
	properties: [...findByProperties, ...wordProperties, simplifyProperty],
	options: [numberOf('timeoutSeconds', 'How long to wait for one answer of Stripe')],
	execute: async (item) => {
		const word = wordOf(item);
		const entry = await oneEntryOf(item);
		return 'kind' in entry ? entry : item.run.turns.take(entry.entryId, () => settled(item, entry, word));
	},
};

function wordOf(item: Item): Word {
	const verdict = item.read.choice('verdict', VERDICTS);
	const objectId = verdict === 'done' ? item.read.optionalId('objectId') : undefined;
	return { verdict, objectId, by: decider(item), note: item.read.optionalWords('note') };
}

/** Stripe is asked first: the word of a person counts only where it cannot tell. */
async function settled(item: Item, entry: Entry, word: Word): Promise<Departure> {
	const looker = await Looker.of(item);
	const looked = await looker.lookedUp(entry);
	if (!looked) return notFound({ kind: 'entryId', entryId: entry.entryId });
	if (looked.told.finding !== 'cannot_tell' || kindOf(entry) !== 'stripe') return told(item, looked, word);
	const foundOut = await weighed(looker, looked.entry, word, looker.clock.now());
	if (foundOut.kind === 'refused') return foundOut;
	const ledger = await item.ledger(looker.clock);
	const { isWritten, entry: stands } = await ledger.conclude(looked.entry, foundOut);
	if (!stands) return notFound({ kind: 'entryId', entryId: entry.entryId });
	return isWritten ? leaves(item, stands) : told(item, { entry: stands, told: beingDone(stands) }, word);
}

function leaves(item: Item, entry: Entry): Departure {
	return done(entryItem(entry, item.now(), item.read.flag('simplify')));
}

const STATE_OF: Record<Word['verdict'], Entry['state']> = { done: 'succeeded', notDone: 'released' };

/** Stripe or the ledger tells, or nobody can be asked: then the word of a person is not needed, or too early. */
function told(item: Item, { entry, told: { finding, reason, nextStep } }: Looked, word: Word): Departure {
	const what = whatOf(entry);
	switch (finding) {
		case 'cannot_tell':
			return notSettled(entry, 'not_of_stripe', reason ?? '', nextStep);
		case 'not_answered':
			return notSettled(entry, 'not_answered', reason ?? '', nextStep, true);
		case 'in_flight':
			return notSettled(entry, 'in_flight', `${what}: ${reason ?? ''}`, nextStep, true);
		case 'found':
		case 'absent':
		case 'known': {
			const isSame = entry.state === STATE_OF[word.verdict];
			const isOther = word.objectId !== undefined && !objectsOf(entry).includes(word.objectId);
			if (isSame && !isOther) return leaves(item, entry);
			const other = isSame ? `, and that is another one than ${word.objectId ?? ''}` : '';
			return notSettled(
				entry,
				'known',
				`This (${what}) is known to be ${entry.state}${other}`,
				nextStep,
			);
		}
	}
}

/** The word of a person, held against what Stripe shows. */
async function weighed(looker: Looker, entry: Entry, word: Word, now: number): Promise<FoundOut | Refused> {
	const { by, note, verdict } = word;
	if (verdict === 'notDone') {
		const settledAt = lastPossibleSend(entry, now) + causeWaitMs(entry);
		return now < settledAt
			? tooEarly(entry, settledAt)
			: {
					kind: 'absent',
					outcome: { kind: 'unreachable', code: 'absent', message: note ?? ABSENT, by },
				};
	}
	const inquiry = looker.inquiryFor(entry);
	const seen = inquiry
		? await readAsTold(inquiry, asSent(entry, now), word.objectId)
		: ({ kind: 'not_answered', why: 'The credential leads to another Stripe' } as const);
	switch (seen.kind) {
		case 'fits': {
			const { objectId, object } = seen;
			const facts = object ? factsOfObject(object) : {};
			return { kind: 'found', outcome: { kind: 'succeeded', ...facts, objectId, message: note, by } };
		}
		case 'does_not_fit':
			return notSettled(entry, 'does_not_fit', seen.why, LOOK_AGAIN);
		case 'not_answered':
			return notSettled(entry, 'not_answered', seen.why, 'Run it again later.', true);
	}
}

const LOOK_AGAIN =
	'Look once more, in the right account, and in the right one of live and test mode, and give the ID of what was made by this very request. If it cannot be found, leave it as it is: unknown is safe.';

function tooEarly(entry: Entry, settledAt: number): Refused {
	return notSettled(
		entry,
		'too_early',
		`Stripe may still finish it, until ${new Date(settledAt).toISOString()}`,
		'Look again then. Until then nobody can say that nothing was done.',
		true,
	);
}

function notSettled(
	entry: Entry,
	reason: string,
	message: string,
	nextStep: string,
	retryable = false,
): Refused {
	return refused({ outcome: 'not_settled', reason, message, nextStep, retryable, entry });
}
