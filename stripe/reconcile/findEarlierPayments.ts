import type { EarlierPayment, Entry, PreviousAttempt } from '../../ledger/model/entry';
import type { SeenPayment } from '../../ledger/rules/renewal';
import type { Params } from '../../ledger/model/request';
import { parseTarget } from '../objects/collections';
import { PAYMENT_INTENTS, readPayment } from './earlierPayment';
import { findEventsByKey } from './eventsByKey';
import type { StripeObject } from '../objects/stripeObject';
import type { QueryContext, SourceResult } from './stripeQueries';
import { listInWindow } from './stripeQueries';
import { readEntryId } from '../objects/metadata';
import { findBySearch } from './createdObject';

/** What earlier attempts have left behind, or why that cannot be known. */
export type EarlierPayments =
	| { kind: 'seen'; payments: SeenPayment[] }
	/** Later it may be. */
	| { kind: 'stripe_unavailable'; reason: string }
	/** A payment may be there that nothing leads to. */
	| { kind: 'inconclusive'; reason: string };

/** What is asked for now. */
export interface IntendedRequest {
	/** The parameters as they go over the wire. */
	sent: Params;
	/** Whether they ask for a charge at once, and say with what: what was declined before has lost its payment method. */
	isToBeConfirmed: boolean;
}

/**
 * Reads what the payments of earlier attempts have become. Where the answer to an attempt did not name one, it is looked for:
 * only when Stripe shows everything, and none, has it left none behind.
 *
 * @param previousAttempts attempts of the entry that were rejected
 */
export async function findEarlierPayments(
	context: QueryContext,
	entry: Entry,
	previousAttempts: readonly PreviousAttempt[],
	{ sent, isToBeConfirmed }: IntendedRequest,
): Promise<EarlierPayments> {
	const found = await findPayments(context, entry, previousAttempts);
	if (!Array.isArray(found)) return found;
	const payments: SeenPayment[] = [];
	for (const payment of found) {
		const state = await readPayment(context, payment.id, sent);
		if (state.kind === 'stripe_unavailable')
			return { ...state, reason: `${payment.id}: ${state.reason}` };
		const isSame = state.kind === 'open' && state.differences.length === 0;
		const isCancelled = state.kind === 'cancelled';
		payments.push({ ...payment, isCancelled, canBeConfirmed: isSame && isToBeConfirmed });
	}
	return { kind: 'seen', payments };
}

type UnknownPayments = Exclude<EarlierPayments, { kind: 'seen' }>;

/** Each payment with the first attempt that had to do with it: that one has made it. */
async function findPayments(
	context: QueryContext,
	entry: Entry,
	previousAttempts: readonly PreviousAttempt[],
): Promise<EarlierPayment[] | UnknownPayments> {
	const makers = new Map<string, number>();
	for (const attempt of previousAttempts) {
		const named = attempt.outcome.objectId;
		const ids = isPaymentId(named) ? [named] : await findPaymentIds(context, entry, attempt);
		if (!Array.isArray(ids)) return ids;
		for (const id of ids) if (!makers.has(id)) makers.set(id, attempt.attempt);
	}
	return [...makers].map(([id, attempt]) => ({ id, attempt }));
}

function isPaymentId(id: string | undefined): id is string {
	return id?.startsWith('pi_') ?? false;
}

/** ms around the sends of an attempt in which its payment was made, by Stripe's clock. */
const CREATION_MARGIN_MS = 600_000;

/**
 * The payments that name the entry, made when the attempt was sent. Its answer was Stripe's last word on it, so it is there by
 * now or never. Search finds also what was made at another time by a clock that was wrong.
 */
async function findPaymentIds(
	context: QueryContext,
	entry: Entry,
	previousAttempt: PreviousAttempt,
): Promise<string[] | UnknownPayments> {
	const { firstSentAt, settledAt, attempt } = previousAttempt;
	const target = parseTarget(PAYMENT_INTENTS);
	if (firstSentAt === undefined || !target)
		return toInconclusiveAttempt(attempt, 'the time of sending is not known');
	const searched = await findBySearch(context, entry, target);
	const expectedBy = settledAt + CREATION_MARGIN_MS;
	const listed = await listInWindow(
		context,
		{ from: firstSentAt - CREATION_MARGIN_MS, expectedBy, latest: expectedBy },
		{
			path: PAYMENT_INTENTS,
			query: {},
			isWanted: (object) => readEntryId(object) === entry.entryId,
			isEnough: () => true,
		},
	);
	const ids = collectIds([...searched.objects, ...listed.objects]);
	if (ids.length > 0) return ids;
	if (listed.limitation) return toUnknown(attempt, listed.limitation);
	const isNamed = readEntryId(previousAttempt.added ?? {}) === entry.entryId;
	return isNamed ? [] : findIdsByEvents(context, previousAttempt);
}

/** Where the payment had no room for the entry's id, the events of its key tell of it. */
async function findIdsByEvents(
	context: QueryContext,
	previousAttempt: PreviousAttempt,
): Promise<string[] | UnknownPayments> {
	const { attempt, key, settledAt, firstSentAt, lastSentAt } = previousAttempt;
	const last = lastSentAt ?? settledAt;
	const sent = {
		firstSentAt,
		lastSentAt: last,
		notExecutedAt: settledAt,
		finalAt: settledAt,
		searchUntil: settledAt,
	};
	const { events, limitation } = await findEventsByKey(context, { key, sent }, ['payment_intent.created']);
	const ids = collectIds(events.map(({ object }) => object));
	if (ids.length > 0) return ids;
	return limitation ? toUnknown(attempt, limitation) : [];
}

function toUnknown(
	attempt: number,
	{ isTransient, reason }: NonNullable<SourceResult['limitation']>,
): UnknownPayments {
	return isTransient
		? { kind: 'stripe_unavailable', reason: reason }
		: toInconclusiveAttempt(attempt, reason);
}

function toInconclusiveAttempt(attempt: number, cause: string): UnknownPayments {
	const reason = `It could not be determined whether attempt ${attempt} left a payment: ${cause}`;
	return { kind: 'inconclusive', reason };
}

function collectIds(objects: readonly StripeObject[]): string[] {
	return [...new Set(objects.map(({ id }) => id).filter((id) => typeof id === 'string'))];
}
