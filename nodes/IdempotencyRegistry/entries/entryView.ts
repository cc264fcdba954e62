import type { IDataObject } from 'n8n-workflow';

import { movedBy } from '../../../ledger/rules/budget';
import type { Money } from '../../../ledger/model/entryFacts';
import { customersOf, moneyOf, objectsOf } from '../../../ledger/model/entryFacts';
import { knownPayment } from '../../../ledger/model/knownPayment';
import type { Cancellation, Entry, Evidence, Outcome, PastAttempt } from '../../../ledger/model/entry';
import { movesMoney } from '../../../ledger/model/payment';
import { decidedAt, isLeaseOver } from '../../../ledger/model/entryStatus';
import { inMajorUnits } from '../../../stripe/objects/money';
import { paymentOfEntry } from '../../../stripe/objects/paymentState';
import { withoutSecrets } from '../../../stripe/api/redact';
import { isoTime } from '../../shared/parameters/isoTime';
import { reservationFacts } from '../tokens/reservationView';
import { kept } from '../claims/storedAnswer';

/**
 * An entry as an item: flat, and in the order in which a person reads. What makes a token good never stands in it.
 *
 * @param simplify whether to leave out the request and the object that Stripe answered with
 */
export function entryItem(entry: Entry, now: number, simplify: boolean): IDataObject {
	const outcome = 'outcome' in entry ? entry.outcome : undefined;
	const item = {
		...{ entryId: entry.entryId, key: entry.key, state: entry.state },
		...(isLeaseOver(entry, now) ? { leaseOver: true } : {}),
		...{ operation: entry.operation, fields: fieldsOf(entry), ...moneyWords(moneyOf(entry) ?? {}) },
		...paymentFacts(entry),
		...{ customer: customersOf(entry)[0] ?? null, objectId: outcome?.objectId ?? null },
		...{ objectIds: objectsOf(entry), requestId: outcome?.requestId ?? null },
		...{ outcome: outcome ? withoutBody(outcome) : null },
		...{ attempt: entry.attempt, sends: entry.sends, fence: entry.fence },
		...{ createdAt: isoTime(entry.createdAt), firstSentAt: isoTime(entry.firstSentAt) },
		...{ lastSentAt: isoTime(entry.lastSentAt), settledAt: isoTime(decidedAt(entry)) },
		expiresAt: isoTime(entry.expiresAt),
		...(entry.state === 'in_flight' ? { leaseUntil: isoTime(entry.leaseUntil) } : {}),
		...{ mode: entry.mode, account: entry.account, origin: { ...entry.origin } },
		past: (entry.past ?? []).map(pastAttempt),
		evidence: (entry.evidence ?? []).map(lateAnswer),
		reservation: reservationOf(entry),
		cancellation: cancellationOf(entry),
		...(simplify ? {} : { request: { ...entry.request }, object: kept(outcome?.body) }),
	};
	// Whatever a version before this one has written: nothing secret leaves.
	return withoutSecrets(item) as IDataObject;
}

/** Minor units as Stripe counts them, and the words that people use. */
function moneyWords({ amount, currency }: Partial<Money>): IDataObject {
	if (amount === undefined || currency === undefined) return { amount: null, currency: null, money: null };
	return { amount, currency, money: inMajorUnits(String(amount), currency) };
}

/**
 * What has become of the money. `amount` and `money` are what the entry is about; what has moved stands in `payment`, with
 * the object whose money it is: entries about the same object are about the same money.
 */
function paymentFacts(entry: Entry): IDataObject {
	const payment = knownPayment(entry, paymentOfEntry);
	if (!payment) return { paymentState: null, payment: null };
	const { kind, object, state = null, moved, notMoved, currency = null, asOf } = payment;
	return {
		paymentState: state,
		payment: {
			...{ kind, object, moved, notMoved, currency, asOf: isoTime(asOf) },
			isMovedHere: movesMoney(entry.request),
		},
	};
}

/** A field that was chosen twice has both of its values. */
export function fieldsOf({ fields }: Entry): IDataObject {
	const values = Map.groupBy(fields, ([name]) => name);
	return Object.fromEntries(
		[...values].map(([name, pairs]) => {
			const [value, ...others] = pairs.map(([, text]) => text);
			return [name, others.length > 0 ? [value, ...others] : value];
		}),
	);
}

/** What is known of the money stands beside it, as of now. */
function withoutBody({ body: _body, payment: _payment, ...facts }: Outcome) {
	return facts;
}

function pastAttempt({ outcome, origin, ...past }: PastAttempt) {
	return {
		...{ attempt: past.attempt, key: past.key, ...moneyWords(past) },
		...{ outcome: withoutBody(outcome), sends: past.sends ?? null },
		...{ firstSentAt: isoTime(past.firstSentAt), lastSentAt: isoTime(past.lastSentAt) },
		...{ settledAt: isoTime(past.settledAt), origin: origin ? { ...origin } : null },
	};
}

function lateAnswer({ fence, key, outcome, at }: Evidence) {
	return { fence, key, outcome: withoutBody(outcome), at: isoTime(at) };
}

/** As Reserve shows it, and beside that what only people who look into the ledger need. */
function reservationOf(entry: Entry): IDataObject | null {
	const { held, generation, used = null } = entry.reservation ?? {};
	return entry.reservation
		? { ...reservationFacts(entry), held, generation, used, moved: movedBy(entry) ?? null }
		: null;
}

function cancellationOf(entry: Entry) {
	const { cancellation } = entry as { cancellation?: Cancellation };
	if (!cancellation) return null;
	const { reason, by = null, at } = cancellation;
	return { reason, by, at: isoTime(at) };
}
