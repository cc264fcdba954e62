import type { INodeProperties } from 'n8n-workflow';

import type { Cancellation, Entry } from '../../../ledger/model/entry';
import type { Verdict } from '../../../ledger/rules/reservation';
import type { ReservationReference } from '../../../ledger/rules/token';
import { generationOf, readReference, readToken } from '../../../ledger/rules/token';
import { isEntry } from '../../../ledger/store';
import { wordsWithoutSecrets } from '../../../stripe/api/redact';
import { barrierWords } from '../../shared/run/blockMessages';
import { isRecord, plain } from '../../shared/parameters/values';
import type { Departure } from '../output/result';
import { done, refused } from '../output/result';
import { idempotencyField } from '../../shared/run/idempotencyField';
import type { Item } from '../item';
import { DAY_MS, retention } from '../options';
import { reservationFacts } from './reservationView';
import type { Operation } from '../operation';

const reservation: INodeProperties = {
	displayName: 'Reservation',
	name: 'reservation',
	type: 'string',
	default: '',
	required: true,
	placeholder: 'e.g. {{ $json.reservation }}',
	description:
		'ID of the reservation that was asked about, as Reserve or the ledger has given it. What is asked again later has another one.',
};

export const decidedBy: INodeProperties = {
	displayName: 'Decided By',
	name: 'by',
	type: 'string',
	default: '',
	required: true,
	placeholder: 'e.g. {{ $json.approver }}',
	description: 'The person who has decided it, for people who read the ledger',
};

const outputs = ['done', 'refused'] as const;

export const approve: Operation = {
	value: 'approve',
	name: 'Approve',
	action: 'Approve a reservation',
	description: 'Say yes for a person: from now on the token may be used',
	decidedByPeople: { rule: 'A reservation is approved by a person', waits: 'waits for approval' },
	outputs,
	properties: [reservation, decidedBy],
	execute: async (item) => {
		const by = decider(item);
		return decided(item, 'approved', async (about) => (await item.registry()).approve(about, by));
	},
};

export const deny: Operation = {
	value: 'deny',
	name: 'Deny',
	action: 'Deny a reservation',
	description: 'Say no for a person: its token is good for nothing any more',
	outputs,
	properties: [reservation, decidedBy],
	options: [retention],
	execute: (item) => cancelled(item, 'denied'),
};

export const revoke: Operation = {
	value: 'revoke',
	name: 'Revoke',
	action: 'Revoke a token',
	description: 'Take back a token that was not used yet',
	outputs,
	properties: [reservation, decidedBy],
	options: [retention],
	execute: (item) => cancelled(item, 'revoked'),
};

export function decider({ read }: Item): string {
	return wordsWithoutSecrets(read.text('by'));
}

function cancelled(item: Item, reason: Extract<Cancellation['reason'], 'denied' | 'revoked'>) {
	const by = decider(item);
	const retentionMs = item.read.optionNumber('retentionDays') * DAY_MS;
	return decided(item, reason, async (about) =>
		(await item.registry()).refuse(about, reason, by, retentionMs),
	);
}

async function decided(
	item: Item,
	word: 'approved' | 'denied' | 'revoked',
	decide: (about: ReservationReference) => Promise<Verdict | undefined>,
): Promise<Departure> {
	const about = await reservationOf(item);
	if ('kind' in about) return about;
	const verdict = await decide(about);
	if (!verdict) return notFound(about);
	const { kind, entry } = verdict;
	if (kind === 'over') return questionOver(entry);
	if (kind === 'refused' || !hasBecome(entry, word)) return notDecided(entry, word, item.now());
	return done({
		outcome: kind === 'done' ? word : `already_${word}`,
		nextStep: NEXT_STEP[word],
		reservation: reservationFacts(entry),
		idempotency: idempotencyField(entry, { replayed: kind === 'already' }),
	});
}

const NEXT_STEP = {
	approved: 'The token may be used now, with exactly what was reserved.',
	denied: 'The token is good for nothing any more. Tell whoever has asked for it.',
	revoked: 'The token is good for nothing any more.',
};

/** Whether what was decided is what stands: a second decision may meet another one. */
function hasBecome(entry: Entry, word: keyof typeof NEXT_STEP): boolean {
	if (word !== 'approved') return entry.state === 'cancelled' && entry.cancellation?.reason === word;
	return entry.state === 'reserved' && entry.reservation?.approval.state !== 'waiting';
}

/** The reservation that is decided about. A token that is not its own opens nothing. */
async function reservationOf(item: Item): Promise<ReservationReference | Departure> {
	const given = item.read.value('reservation');
	// Whoever drags the whole reservation into the field means the one that it names.
	const text = plain(isRecord(given) ? given.id : given).trim();
	const reference = readReference(text);
	if (reference) return reference;
	const token = readToken(text);
	if (token) return reservationOfToken(item, token);
	throw item.read.refuse(
		'reservation',
		'is no reservation',
		text.startsWith('v1_')
			? 'An entry ID does not say which question is answered. Give the ID of the reservation that was asked about, which begins with reservation_, as Reserve or the ledger has given it.'
			: 'Give the ID of the reservation that was asked about, which begins with reservation_, as Reserve or the ledger has given it.',
	);
}

/** A token belongs to one reservation too. */
async function reservationOfToken(
	item: Item,
	{ entryId, hash }: { entryId: string; hash: string },
): Promise<ReservationReference | Departure> {
	const [row] = await (await item.store()).find([entryId]);
	if (!isEntry(row) || !row.reservation) return notFound({ entryId });
	const generation = generationOf(hash, row.reservation);
	if (generation === 'standing') return { entryId, generationId: row.reservation.generationId };
	if (generation === 'earlier') return questionOver(row);
	const { what, nextStep } = barrierWords('foreign_token');
	return refused({ outcome: 'blocked', reason: 'foreign_token', message: what, nextStep });
}

function notFound({ entryId }: { entryId: string }): Departure {
	return refused({
		outcome: 'not_found',
		message: 'The ledger knows no such reservation',
		nextStep: 'Check the ID, and that Ledger is the one that it was reserved in.',
		idempotency: { entryId },
	});
}

/** Nobody was asked about what stands now, so nothing of it is told but that it is another question. */
function questionOver({ entryId }: Entry): Departure {
	return refused({
		outcome: 'refused',
		reason: 'question_over',
		message:
			'This question is over: the reservation that it was about has ended or was decided, and another one has come since, so nothing was changed',
		nextStep:
			'Decide about the reservation that stands now, with its own ID: look it up in the ledger, and ask again.',
		idempotency: { entryId },
	});
}

function notDecided(entry: Entry, word: string, now: number): Departure {
	const { what, nextStep } = whyNot(entry, now);
	return refused({
		outcome: 'refused',
		reason: entry.state === 'cancelled' ? (entry.cancellation?.reason ?? 'cancelled') : entry.state,
		message: `This question is over: ${what}, so it was not ${word}`,
		nextStep,
		facts: { reservation: reservationFacts(entry) },
		entry,
	});
}

function whyNot(entry: Entry, now: number): { what: string; nextStep: string } {
	const look = 'Look at the entry to see what came of it.';
	switch (entry.state) {
		case 'cancelled':
			return {
				what: barrierWords(entry.cancellation?.reason ?? 'cancelled', { entry }).what,
				nextStep: look,
			};
		case 'in_flight':
			return { what: 'The token is being used right now', nextStep: look };
		case 'unknown':
			return {
				what: 'The token was used, and it is not known yet what came of it',
				nextStep: 'Run the payment again: it finds out, and nothing is paid twice.',
			};
		case 'succeeded':
			return {
				what: 'It was done already',
				nextStep: `${look} To give the money back, make a refund.`,
			};
		case 'rejected':
			return { what: 'The token was used, and Stripe rejected it', nextStep: look };
		case 'released':
			return {
				what: 'The token was used, and Stripe was not reached',
				nextStep: 'It may be used again.',
			};
		case 'reserved': {
			const hasEnded = now >= (entry.reservation?.endsAt ?? Infinity);
			return {
				what: hasEnded ? barrierWords('ended', { entry }).what : 'It cannot be decided now',
				nextStep: 'If it is still wanted, let it be reserved again with the same values.',
			};
		}
	}
}
