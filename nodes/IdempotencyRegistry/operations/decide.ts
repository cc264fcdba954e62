import type { INodeProperties } from 'n8n-workflow';

import type { Cancellation, Entry } from '../../../ledger/entry';
import type { Verdict } from '../../../ledger/reservation';
import { readToken } from '../../../ledger/reservation';
import { isEntry } from '../../../ledger/store';
import { wordsWithoutSecrets } from '../../../stripe/redact';
import { barrierWords } from '../../shared/barrierWords';
import type { Departure } from '../departure';
import { done, refused } from '../departure';
import { idempotencyField } from '../../shared/idempotencyField';
import type { Item } from '../item';
import { DAY_MS, retention } from '../registryOptions';
import { reservationFacts } from '../reservationFacts';
import type { Operation } from './operation';

const reservation: INodeProperties = {
	displayName: 'Reservation',
	name: 'reservation',
	type: 'string',
	default: '',
	required: true,
	placeholder: 'e.g. {{ $json.idempotency.entryId }}',
	description: 'The entry ID of the reservation, or its token',
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
		return decided(item, 'approved', async (entryId) => (await item.registry()).approve(entryId, by));
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
	return decided(item, reason, async (entryId) =>
		(await item.registry()).cancel(entryId, reason, by, retentionMs),
	);
}

async function decided(
	item: Item,
	word: 'approved' | 'denied' | 'revoked',
	decide: (entryId: string) => Promise<Verdict | undefined>,
): Promise<Departure> {
	const found = await reservedEntry(item);
	if (!('state' in found)) return found;
	const verdict = await decide(found.entryId);
	if (!verdict) return notFound(found.entryId);
	const { kind, entry } = verdict;
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

/** The entry that is decided about. A token that is not its own opens nothing. */
async function reservedEntry(item: Item): Promise<Entry | Departure> {
	const given = item.read.text('reservation');
	const token = readToken(given);
	const entryId = token?.entryId ?? (/^v1_[\w-]{43}$/.test(given) ? given : undefined);
	if (entryId === undefined) {
		throw item.read.refuse(
			'reservation',
			'is neither an entry ID nor a token',
			'Give the entry ID, which begins with v1_, or the token, as Reserve has given them.',
		);
	}
	const [row] = await (await item.store()).find([entryId]);
	if (!isEntry(row)) return notFound(entryId);
	if (!row.reservation) {
		return refused({
			outcome: 'refused',
			reason: 'not_reserved',
			message: 'This entry was not made by Reserve, so there is nothing to decide about it',
			nextStep: 'Give the entry ID or the token of a reservation.',
			entry: row,
		});
	}
	if (!token || token.hash === row.reservation.tokenHash) return row;
	const { what, nextStep } = barrierWords('foreign_token');
	return refused({ outcome: 'blocked', reason: 'foreign_token', message: what, nextStep });
}

function notFound(entryId: string): Departure {
	return refused({
		outcome: 'not_found',
		message: 'The ledger knows no such reservation',
		nextStep: 'Check the entry ID, and that Ledger is the one that it was reserved in.',
		idempotency: { entryId },
	});
}

function notDecided(entry: Entry, word: string, now: number): Departure {
	const { what, nextStep } = whyNot(entry, now);
	return refused({
		outcome: 'refused',
		reason: entry.state === 'cancelled' ? (entry.cancellation?.reason ?? 'cancelled') : entry.state,
		message: `${what}, so it was not ${word}`,
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
