import type { INodeProperties } from 'n8n-workflow';

import type { Cancellation, Entry } from '../../../ledger/model/entry';
import type { DecisionResult } from '../../../ledger/rules/reservation';
import type { ReservationReference } from '../../../ledger/rules/token';
import { identifyToken, decodeReference, parseToken } from '../../../ledger/rules/token';
import { redactMessage } from '../../../stripe/api/redact';
import { describeBlock } from '../../shared/run/blockMessages';
import { isRecord, toInputText } from '../../shared/parameters/values';
import type { RegistryResult } from '../output/result';
import { answerDone, refuse } from '../output/result';
import { buildIdempotencyField } from '../../shared/run/idempotencyField';
import type { RegistryItem } from '../item';
import { retention } from '../options';
import { toReservationView } from './reservationView';
import type { RegistryOperation } from '../operation';
import { DAY_MS } from '../../../ledger/clock';

const reservationProperty: INodeProperties = {
	displayName: 'Reservation',
	name: 'reservation',
	type: 'string',
	default: '',
	required: true,
	placeholder: 'e.g. {{ $json.reservation }}',
	description:
		'ID of the reservation to decide about, as returned by Reserve or the ledger. A later reservation has a different ID.',
};

export const decidedByProperty: INodeProperties = {
	displayName: 'Decided By',
	name: 'by',
	type: 'string',
	default: '',
	required: true,
	placeholder: 'e.g. {{ $json.approver }}',
	description: 'The person who decided, for people who read the ledger',
};

const decisionOutputs = ['done', 'refused'] as const;

export const approveOperation: RegistryOperation = {
	value: 'approve',
	name: 'Approve',
	action: 'Approve a reservation',
	description: 'Approve the reservation so its token can be used',
	humanOnly: { rule: 'A reservation is approved by a person', waits: 'waits for approval' },
	outputs: decisionOutputs,
	properties: [reservationProperty, decidedByProperty],
	execute: async (item) => {
		const decidedBy = readDecidedBy(item);
		return applyToReservation(item, 'approved', async (reference) =>
			(await item.openTokenRegistry()).approve(reference, decidedBy),
		);
	},
};

export const denyOperation: RegistryOperation = {
	value: 'deny',
	name: 'Deny',
	action: 'Deny a reservation',
	description: 'Deny the reservation and invalidate its token',
	outputs: decisionOutputs,
	properties: [reservationProperty, decidedByProperty],
	options: [retention],
	execute: (item) => refuseReservation(item, 'denied'),
};

export const revokeOperation: RegistryOperation = {
	value: 'revoke',
	name: 'Revoke',
	action: 'Revoke a token',
	description: 'Invalidate a token that was not used yet',
	outputs: decisionOutputs,
	properties: [reservationProperty, decidedByProperty],
	options: [retention],
	execute: (item) => refuseReservation(item, 'revoked'),
};

export function readDecidedBy({ read }: RegistryItem): string {
	return redactMessage(read.text('by'));
}

function refuseReservation(
	item: RegistryItem,
	reason: Extract<Cancellation['reason'], 'denied' | 'revoked'>,
) {
	const decidedBy = readDecidedBy(item);
	const retentionMs = item.read.optionNumber('retentionDays') * DAY_MS;
	return applyToReservation(item, reason, async (reference) =>
		(await item.openTokenRegistry()).denyOrRevoke(reference, reason, decidedBy, retentionMs),
	);
}

async function applyToReservation(
	item: RegistryItem,
	word: 'approved' | 'denied' | 'revoked',
	decide: (reference: ReservationReference) => Promise<DecisionResult | undefined>,
): Promise<RegistryResult> {
	const reference = await readReservation(item);
	if ('kind' in reference) return reference;
	const decision = await decide(reference);
	if (!decision) return refuseUnknownReservation(reference);
	const { kind, entry } = decision;
	if (kind === 'superseded') return refuseQuestionOver(entry);
	if (kind === 'refused' || !isDecisionApplied(entry, word)) return refuseDecision(entry, word, item.now());
	return answerDone({
		outcome: kind === 'applied' ? word : `already_${word}`,
		nextStep: NEXT_STEP[word],
		reservation: toReservationView(entry),
		idempotency: buildIdempotencyField(entry, { replayed: kind === 'already_applied' }),
	});
}

const NEXT_STEP = {
	approved: 'The token can be used now, for exactly what was reserved.',
	denied: 'The token is no longer valid. Tell the person who asked for it.',
	revoked: 'The token is no longer valid.',
};

/** Returns whether the entry has the decision that was made. A second decision may find a different one. */
function isDecisionApplied(entry: Entry, word: keyof typeof NEXT_STEP): boolean {
	if (word !== 'approved') return entry.state === 'cancelled' && entry.cancellation?.reason === word;
	return entry.state === 'reserved' && entry.reservation?.approval.state !== 'waiting';
}

/** Reads the reservation to decide about. An invalid token reveals nothing. */
async function readReservation(item: RegistryItem): Promise<ReservationReference | RegistryResult> {
	const given = item.read.value('reservation');
	// A user may drag the whole reservation into the field instead of its ID.
	const text = toInputText(isRecord(given) ? given.id : given).trim();
	const reference = decodeReference(text);
	if (reference) return reference;
	const token = parseToken(text);
	if (token) return findReservationOfToken(item, token);
	throw item.read.buildError(
		'reservation',
		'is not a valid reservation ID',
		text.startsWith('v1_')
			? 'An entry ID does not say which reservation is meant. Enter the reservation ID, which begins with reservation_, as returned by Reserve or the ledger.'
			: 'Enter the reservation ID, which begins with reservation_, as returned by Reserve or the ledger.',
	);
}

/** A token also identifies its reservation. */
async function findReservationOfToken(
	item: RegistryItem,
	{ entryId, hash }: { entryId: string; hash: string },
): Promise<ReservationReference | RegistryResult> {
	const entry = await (await item.openLedger()).find(entryId);
	if (!entry?.reservation) return refuseUnknownReservation({ entryId });
	const generation = identifyToken(hash, entry.reservation);
	if (generation === 'current') return { entryId, generationId: entry.reservation.generationId };
	if (generation === 'earlier') return refuseQuestionOver(entry);
	const { message, nextStep } = describeBlock('invalid_token');
	return refuse({ outcome: 'blocked', reason: 'invalid_token', message, nextStep });
}

function refuseUnknownReservation({ entryId }: { entryId: string }): RegistryResult {
	return refuse({
		outcome: 'not_found',
		message: 'The ledger has no such reservation',
		nextStep: 'Check the ID, and that Ledger is the one in which it was reserved.',
		idempotency: { entryId },
	});
}

/** Nobody has decided about the current reservation, so nothing is revealed except that it is a different one. */
function refuseQuestionOver({ entryId }: Entry): RegistryResult {
	return refuse({
		outcome: 'refused',
		reason: 'question_over',
		message:
			'This reservation has expired or was already decided, and a newer one exists, so nothing was changed',
		nextStep: 'Decide about the current reservation with its own ID: look it up in the ledger.',
		idempotency: { entryId },
	});
}

function refuseDecision(entry: Entry, word: string, now: number): RegistryResult {
	const { message, nextStep } = explainNotDecided(entry, now);
	return refuse({
		outcome: 'refused',
		reason: entry.state === 'cancelled' ? (entry.cancellation?.reason ?? 'cancelled') : entry.state,
		message: `This reservation is no longer open: ${message}, so it was not ${word}`,
		nextStep,
		facts: { reservation: toReservationView(entry) },
		entry,
	});
}

function explainNotDecided(entry: Entry, now: number): { message: string; nextStep: string } {
	const look = 'Look at the entry for its outcome.';
	switch (entry.state) {
		case 'cancelled':
			return {
				message: describeBlock(entry.cancellation?.reason ?? 'cancelled', { entry }).message,
				nextStep: look,
			};
		case 'in_flight':
			return { message: 'The token is being used right now', nextStep: look };
		case 'unknown':
			return {
				message: 'The token was used, and the outcome is not known yet',
				nextStep: 'Run the payment again. It checks the outcome, and nothing is charged twice.',
			};
		case 'succeeded':
			return {
				message: 'It was already completed',
				nextStep: `${look} To give the money back, make a refund.`,
			};
		case 'rejected':
			return { message: 'The token was used, and Stripe rejected it', nextStep: look };
		case 'released':
			return {
				message: 'The token was used, but Stripe was not reached',
				nextStep: 'It can be used again.',
			};
		case 'reserved': {
			const isExpired = now >= (entry.reservation?.validUntil ?? Infinity);
			return {
				message: isExpired
					? describeBlock('expired', { entry }).message
					: 'It cannot be decided anymore',
				nextStep: 'If it is still wanted, have it reserved again with the same values.',
			};
		}
	}
}
