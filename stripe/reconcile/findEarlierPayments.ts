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

/** The payments that earlier attempts left behind, or why they are not known. */
export type EarlierPayments =
	| { kind: 'seen'; payments: SeenPayment[] }
	/** Stripe may answer later. */
	| { kind: 'stripe_unavailable'; reason: string }
	/** There may be a payment that cannot be found. */
	| { kind: 'inconclusive'; reason: string };

/** The request of the new attempt. */
export interface IntendedRequest {
	/** The parameters as they are sent. */
	sent: Params;
	/** Whether the request charges at once and names its payment method. A declined payment has lost its payment method. */
	isToBeConfirmed: boolean;
	/** How long before the first attempt a ledger that was lost may have sent it, in ms. */
	lookBackMs: number;
}

/**
 * Reads the current state of the payments of earlier attempts. If the response of an attempt named no payment, Stripe is searched
 * for one. Only a complete search without a result shows that there is none.
 *
 * @param previousAttempts the rejected attempts of the entry
 */
export async function findEarlierPayments(
	context: QueryContext,
	entry: Entry,
	previousAttempts: readonly PreviousAttempt[],
	{ sent, isToBeConfirmed, lookBackMs }: IntendedRequest,
): Promise<EarlierPayments> {
	const found = await findPayments(context, entry, previousAttempts, lookBackMs);
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

/** Maps each payment to the first attempt that used it, which created it. A forgotten one counts as one of the first attempt. */
async function findPayments(
	context: QueryContext,
	entry: Entry,
	previousAttempts: readonly PreviousAttempt[],
	lookBackMs: number,
): Promise<EarlierPayment[] | UnknownPayments> {
	const known = await findAllIds(context, entry, previousAttempts, lookBackMs);
	if (!Array.isArray(known)) return known;
	const makers = new Map<string, number>();
	for (const attempt of previousAttempts) {
		const named = attempt.outcome.objectId;
		const ids = isPaymentId(named) ? [named] : await findPaymentIds(context, entry, attempt, known);
		if (!Array.isArray(ids)) return ids;
		for (const id of ids) if (!makers.has(id)) makers.set(id, attempt.attempt);
	}
	const first = previousAttempts[0]?.attempt ?? 1;
	for (const id of known) if (!makers.has(id)) makers.set(id, first);
	return [...makers].map(([id, attempt]) => ({ id, attempt }));
}

function isPaymentId(id: string | undefined): id is string {
	return id?.startsWith('pi_') ?? false;
}

/** How far a payment's creation may be from the sends of its attempt, in ms by Stripe's clock. */
const CREATION_MARGIN_MS = 600_000;

/**
 * Finds every payment that names the entry, including those of a ledger that was lost: by search, or by the list of the days
 * before the first send. Later payments are found by their attempts.
 */
async function findAllIds(
	context: QueryContext,
	entry: Entry,
	previousAttempts: readonly PreviousAttempt[],
	lookBackMs: number,
): Promise<string[] | UnknownPayments> {
	const target = parseTarget(PAYMENT_INTENTS);
	const [first] = previousAttempts;
	if (!target || !first) return [];
	const searched = await findBySearch(context, entry, target);
	if (!searched.isRefused && !searched.limitation) return collectIds(searched.objects);
	const until = (first.firstSentAt ?? first.settledAt) + CREATION_MARGIN_MS;
	const listed = await listPayments(context, entry, { from: until - lookBackMs, until });
	return listed.limitation
		? toUnknown(first.attempt, listed.limitation)
		: collectIds([...searched.objects, ...listed.objects]);
}

function listPayments(
	context: QueryContext,
	{ entryId }: Entry,
	{ from, until }: { from: number; until: number },
): Promise<SourceResult> {
	return listInWindow(
		context,
		{ from, expectedBy: until, latest: until },
		{
			path: PAYMENT_INTENTS,
			query: {},
			isWanted: (object) => readEntryId(object) === entryId,
			isEnough: () => false,
		},
	);
}

/**
 * Finds the payments that name the entry and were created when the attempt was sent. Stripe's response to the attempt was
 * definitive, so the payment exists by now or never will.
 *
 * @param known payments of the entry, including those whose recorded send time comes from a wrong clock
 */
async function findPaymentIds(
	context: QueryContext,
	entry: Entry,
	previousAttempt: PreviousAttempt,
	known: readonly string[],
): Promise<string[] | UnknownPayments> {
	const { firstSentAt, settledAt, attempt } = previousAttempt;
	if (firstSentAt === undefined) return toInconclusiveAttempt(attempt, 'the time of sending is not known');
	const listed = await listPayments(context, entry, {
		from: firstSentAt - CREATION_MARGIN_MS,
		until: settledAt + CREATION_MARGIN_MS,
	});
	const ids = [...new Set([...known, ...collectIds(listed.objects)])];
	if (ids.length > 0) return ids;
	if (listed.limitation) return toUnknown(attempt, listed.limitation);
	const isNamed = readEntryId(previousAttempt.added ?? {}) === entry.entryId;
	return isNamed ? [] : findIdsByEvents(context, previousAttempt);
}

/** Finds a payment by the events of its key, if its metadata had no room for the entry's ID. */
async function findIdsByEvents(
	context: QueryContext,
	previousAttempt: PreviousAttempt,
): Promise<string[] | UnknownPayments> {
	const { attempt, key, settledAt, firstSentAt, lastSentAt } = previousAttempt;
	const last = lastSentAt ?? settledAt;
	const sent = {
		firstSentAt,
		searchFrom: firstSentAt,
		lastSentAt: last,
		asOf: settledAt,
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
