import type { IDataObject } from 'n8n-workflow';

import { movedAmountOf } from '../../../ledger/rules/budget';
import type { Money } from '../../../ledger/model/entryFacts';
import { customersOf, moneyOf, objectsOf, getKnownPayment } from '../../../ledger/model/entryFacts';
import type {
	Cancellation,
	Entry,
	LateResponse,
	Outcome,
	PreviousAttempt,
} from '../../../ledger/model/entry';
import { movesMoney } from '../../../ledger/model/payment';
import { resolvedAt, isLeaseExpired } from '../../../ledger/model/entryStatus';
import { formatAmount } from '../../../stripe/objects/money';
import { paymentOf } from '../../../stripe/objects/paymentState';
import { redactSecrets } from '../../../stripe/api/redact';
import { toIsoTime } from '../../shared/parameters/values';
import { toReservationView } from '../tokens/reservationView';
import { decodeStoredAnswer } from '../claims/storedAnswer';

/**
 * Formats an entry as a flat item, in reading order. It never contains what makes a token valid.
 *
 * @param now ms since the epoch
 * @param simplify whether to leave out the request and the stored Stripe object
 */
export function toEntryView(entry: Entry, now: number, { simplify }: { simplify: boolean }): IDataObject {
	const outcome = 'outcome' in entry ? entry.outcome : undefined;
	const item = {
		entryId: entry.entryId,
		key: entry.key,
		state: entry.state,
		...(isLeaseExpired(entry, now) ? { leaseExpired: true } : {}),
		operation: entry.operation,
		fields: fieldsOf(entry),
		...toMoneyFields(moneyOf(entry) ?? {}),
		...toPaymentFields(entry),
		customer: customersOf(entry)[0] ?? null,
		objectId: outcome?.objectId ?? null,
		objectIds: objectsOf(entry),
		requestId: outcome?.requestId ?? null,
		outcome: outcome ? omitBody(outcome) : null,
		attempt: entry.attempt,
		sends: entry.sends,
		fence: entry.fence,
		createdAt: toIsoTime(entry.createdAt),
		firstSentAt: toIsoTime(entry.firstSentAt),
		lastSentAt: toIsoTime(entry.lastSentAt),
		settledAt: toIsoTime(resolvedAt(entry)),
		expiresAt: toIsoTime(entry.expiresAt),
		...(entry.state === 'in_flight' ? { leaseUntil: toIsoTime(entry.leaseUntil) } : {}),
		mode: entry.mode,
		account: entry.account,
		origin: { ...entry.origin },
		previousAttempts: (entry.previousAttempts ?? []).map(toAttemptView),
		lateResponses: (entry.lateResponses ?? []).map(toLateResponseView),
		reservation: toReservationDetails(entry),
		cancellation: toCancellationView(entry),
		...(simplify ? {} : { request: { ...entry.request }, object: decodeStoredAnswer(outcome?.body) }),
	};
	// Entries of older versions may contain secrets, so they are masked here too.
	return redactSecrets(item) as IDataObject;
}

/** An amount in minor units, and formatted for people. */
function toMoneyFields({ amount, currency }: Partial<Money>): IDataObject {
	if (amount === undefined || currency === undefined) return { amount: null, currency: null, money: null };
	return { amount, currency, money: formatAmount(String(amount), currency) };
}

/**
 * The state of the money. `amount` and `money` describe the entry; what has moved is in `payment`, with the ID of the payment.
 * Entries with the same payment are about the same money.
 */
function toPaymentFields(entry: Entry): IDataObject {
	const payment = getKnownPayment(entry, paymentOf);
	if (!payment) return { paymentState: null, payment: null };
	const { kind, object, state = null, moved, notMoved, currency = null, asOf } = payment;
	return {
		paymentState: state,
		payment: {
			kind,
			object,
			moved,
			notMoved,
			currency,
			asOf: toIsoTime(asOf),
			isMovedHere: movesMoney(entry.request, paymentOf(entry)),
		},
	};
}

/** A field name that is used twice has both values. */
export function fieldsOf({ fields }: Entry): IDataObject {
	const values = Map.groupBy(fields, ([name]) => name);
	return Object.fromEntries(
		[...values].map(([name, pairs]) => {
			const [value, ...others] = pairs.map(([, text]) => text);
			return [name, others.length > 0 ? [value, ...others] : value];
		}),
	);
}

/** The current payment state is shown separately. */
function omitBody({ body: _body, payment: _payment, ...facts }: Outcome) {
	return facts;
}

function toAttemptView({ outcome, origin, ...attempt }: PreviousAttempt) {
	return {
		attempt: attempt.attempt,
		key: attempt.key,
		...toMoneyFields(attempt),
		outcome: omitBody(outcome),
		sends: attempt.sends ?? null,
		firstSentAt: toIsoTime(attempt.firstSentAt),
		lastSentAt: toIsoTime(attempt.lastSentAt),
		settledAt: toIsoTime(attempt.settledAt),
		origin: origin ? { ...origin } : null,
	};
}

function toLateResponseView({ fence, key, outcome, at }: LateResponse) {
	return { fence, key, outcome: omitBody(outcome), at: toIsoTime(at) };
}

/** The reservation as Reserve shows it, with details for people who inspect the ledger. */
function toReservationDetails(entry: Entry): IDataObject | null {
	const { limitsHeld, generation, usedAmount = null } = entry.reservation ?? {};
	return entry.reservation
		? {
				...toReservationView(entry),
				limitsHeld,
				generation,
				usedAmount,
				moved: movedAmountOf(entry) ?? null,
			}
		: null;
}

function toCancellationView(entry: Entry) {
	const { cancellation } = entry as { cancellation?: Cancellation };
	if (!cancellation) return null;
	const { reason, decidedBy = null, at } = cancellation;
	return { reason, decidedBy, at: toIsoTime(at) };
}
