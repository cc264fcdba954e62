import type { EarlierPayment, Entry, PastAttempt } from '../../ledger/model/entry';
import type { SeenPayment } from '../../ledger/rules/renewal';
import type { Params } from '../../ledger/model/request';
import { targetOf } from '../objects/collections';
import { PAYMENT_INTENTS, readPayment } from './earlierPayment';
import { eventsByKey } from './eventsByKey';
import type { StripeObject } from './finding';
import type { Inquiry, Sight } from './stripeQueries';
import { readWindow } from './stripeQueries';
import { entryIdIn } from '../objects/metadata';
import { bySearch } from './createdObject';

/** What earlier attempts have left behind, or why that cannot be known. */
export type Earlier =
	| { kind: 'seen'; payments: SeenPayment[] }
	/** Later it may be. */
	| { kind: 'not_answered'; reason: string }
	/** A payment may be there that nothing leads to. */
	| { kind: 'cannot_tell'; reason: string };

/** What is asked for now. */
export interface Asking {
	/** The parameters as they go over the wire. */
	sent: Params;
	/** Whether they ask for a charge at once, and say with what: what was declined before has lost its payment method. */
	isToBeConfirmed: boolean;
}

/**
 * Reads what the payments of earlier attempts have become. Where the answer to an attempt did not name one, it is looked for:
 * only when Stripe shows everything, and none, has it left none behind.
 *
 * @param past attempts of the entry that were rejected
 */
export async function readEarlierPayments(
	inquiry: Inquiry,
	entry: Entry,
	past: readonly PastAttempt[],
	{ sent, isToBeConfirmed }: Asking,
): Promise<Earlier> {
	const found = await paymentsOf(inquiry, entry, past);
	if (!Array.isArray(found)) return found;
	const payments: SeenPayment[] = [];
	for (const payment of found) {
		const state = await readPayment(inquiry, payment.id, sent);
		if (state.kind === 'not_answered') return { ...state, reason: `${payment.id}: ${state.reason}` };
		const isSame = state.kind === 'open' && state.differences.length === 0;
		const isCancelled = state.kind === 'cancelled';
		payments.push({ ...payment, isCancelled, canBeConfirmed: isSame && isToBeConfirmed });
	}
	return { kind: 'seen', payments };
}

type Unknown = Exclude<Earlier, { kind: 'seen' }>;

/** Each payment with the first attempt that had to do with it: that one has made it. */
async function paymentsOf(
	inquiry: Inquiry,
	entry: Entry,
	past: readonly PastAttempt[],
): Promise<EarlierPayment[] | Unknown> {
	const makers = new Map<string, number>();
	for (const attempt of past) {
		const named = attempt.outcome.objectId;
		const ids = isPayment(named) ? [named] : await lookFor(inquiry, entry, attempt);
		if (!Array.isArray(ids)) return ids;
		for (const id of ids) if (!makers.has(id)) makers.set(id, attempt.attempt);
	}
	return [...makers].map(([id, attempt]) => ({ id, attempt }));
}

function isPayment(id: string | undefined): id is string {
	return id?.startsWith('pi_') ?? false;
}

/** ms around the sends of an attempt in which its payment was made, by Stripe's clock. */
const MARGIN_MS = 600_000;

/**
 * The payments that name the entry, made when the attempt was sent. Its answer was Stripe's last word on it, so it is there by
 * now or never. Search finds also what was made at another time by a clock that was wrong.
 */
async function lookFor(inquiry: Inquiry, entry: Entry, past: PastAttempt): Promise<string[] | Unknown> {
	const { firstSentAt, settledAt, attempt } = past;
	const target = targetOf(PAYMENT_INTENTS);
	if (firstSentAt === undefined || !target) return cannotTell(attempt, 'it is not known when it was sent');
	const found = await bySearch(inquiry, entry, target);
	const near = settledAt + MARGIN_MS;
	const listed = await readWindow(
		inquiry,
		{ from: firstSentAt - MARGIN_MS, near, until: near },
		{
			...{ path: PAYMENT_INTENTS, query: {} },
			isWanted: (object) => entryIdIn(object) === entry.entryId,
			isEnough: () => true,
		},
	);
	const ids = idsOf([...found.objects, ...listed.objects]);
	if (ids.length > 0) return ids;
	if (listed.gap) return unknown(attempt, listed.gap);
	const isNamed = entryIdIn(past.added ?? {}) === entry.entryId;
	return isNamed ? [] : byEvents(inquiry, past);
}

/** Where the payment had no room for the entry's id, the events of its key tell of it. */
async function byEvents(inquiry: Inquiry, past: PastAttempt): Promise<string[] | Unknown> {
	const { attempt, key, settledAt, firstSentAt, lastSentAt } = past;
	const last = lastSentAt ?? settledAt;
	const sent = { first: firstSentAt, last, absentAt: settledAt, doneAt: settledAt, soughtUntil: settledAt };
	const { events, gap } = await eventsByKey(inquiry, { key, sent }, ['payment_intent.created']);
	const ids = idsOf(events.map(({ object }) => object));
	if (ids.length > 0) return ids;
	return gap ? unknown(attempt, gap) : [];
}

function unknown(attempt: number, { passes, why }: NonNullable<Sight['gap']>): Unknown {
	return passes ? { kind: 'not_answered', reason: why } : cannotTell(attempt, why);
}

function cannotTell(attempt: number, why: string): Unknown {
	const reason = `Whether attempt ${attempt} has left a payment behind cannot be found out: ${why}`;
	return { kind: 'cannot_tell', reason };
}

function idsOf(objects: readonly StripeObject[]): string[] {
	return [...new Set(objects.map(({ id }) => id).filter((id) => typeof id === 'string'))];
}
