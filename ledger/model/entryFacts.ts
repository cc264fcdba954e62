import type { Entry, Outcome, PreviousAttempt, SettledEntry } from './entry';
import type { LedgerRequest } from './request';
import { sentParamsOf } from './request';
import type { KnownPayment, Payment } from './payment';
import { pickLater } from './payment';
import { resolvedAt } from './entryStatus';

/** An amount in the currency's minor unit. */
export interface Money {
	amount: number;
	/** In lower case. */
	currency: string;
}

/**
 * Returns the amount of an entry: of its success, otherwise of the request, otherwise of the reservation. An action on an object
 * counts the amount of that object, so amounts of different operations must not be added up: a payment and its capture are the
 * same money.
 */
export function moneyOf(entry: Entry): Money | undefined {
	const { intent, usedAmount } = entry.reservation ?? {};
	const reserved = intent && { amount: usedAmount ?? intent.amount, currency: intent.currency };
	return (usesMinorUnits(entry) ? moneyOfRequest(entry) : undefined) ?? reserved;
}

/** A claim for another API has an operation name instead of a path, and the unit of that API's amounts is not known. */
function usesMinorUnits({ request }: Entry): boolean {
	return request.path.startsWith('/');
}

function moneyOfRequest(entry: Entry): Money | undefined {
	const { request } = entry;
	const moved = entry.state === 'succeeded' ? readMoney(entry.outcome.body, isCapture(request)) : undefined;
	return moved ?? readMoney(sentParamsOf(request));
}

/** A capture may take only a part of an authorization, but the object's `amount` stays the authorized one. */
const CAPTURED = ['amount_received', 'amount_captured'];

/** The amount of an object. An invoice only has `amount_due`. */
const ASKED = ['amount', 'amount_due'];

function isCapture({ path }: LedgerRequest): boolean {
	return path.endsWith('/capture');
}

function readMoney(object: object | undefined, captured = false): Money | undefined {
	const facts = (object ?? {}) as Record<string, unknown>;
	const names = captured ? [...CAPTURED, ...ASKED] : ASKED;
	const amount = names.map((name) => toWholeNumber(facts[name])).find((number) => number !== undefined);
	const { currency } = facts;
	if (amount === undefined || typeof currency !== 'string' || currency === '') return undefined;
	return { amount, currency: currency.toLowerCase() };
}

/** Parameters are strings. A value that is not a whole number is not in minor units. */
function toWholeNumber(value: unknown): number | undefined {
	const number = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
	return Number.isSafeInteger(number) ? (number as number) : undefined;
}

/** Returns the IDs of the customers of an entry: nearly always one. */
export function customersOf(entry: Entry): string[] {
	const { request, reservation } = entry;
	return uniqueStrings([
		...outcomesOf(entry).flatMap(({ body }) => [
			idOf(body?.customer),
			body?.object === 'customer' ? body.id : undefined,
		]),
		sentParamsOf(request).customer,
		reservation?.intent.customer,
	]);
}

/** Fields that reference objects by which people know a payment. A charge is what the dashboard shows. */
const REFERENCES = ['charge', 'invoice', 'latest_charge', 'payment_intent', 'setup_intent', 'subscription'];

/**
 * Returns the IDs of the objects of an entry: the created one, the one acted on, and those they reference. A customer is included
 * only if it was itself created or changed.
 */
export function objectsOf(entry: Entry): string[] {
	const { operation, request, reservation } = entry;
	const params = sentParamsOf(request);
	return uniqueStrings([
		...outcomesOf(entry).flatMap(({ objectId, body }) => [
			objectId,
			...REFERENCES.map((name) => idOf(body?.[name])),
		]),
		...REFERENCES.map((name) => params[name]),
		reservation?.intent.object,
		/^\w+\.\w+ (\S+)$/.exec(operation)?.[1],
		...readIds(request.sentPath ?? request.path),
	]);
}

/** Finds IDs in paths such as `/v1/customers/cus_1/sources/card_1` and `/v1/payment_intents/pi_1/capture`. */
function readIds(path: string): (string | undefined)[] {
	const [, , , id, , idWithin] = path.split('/');
	return [id, idWithin];
}

/** Returns the operation without its object: `paymentIntent.capture pi_1` becomes `paymentIntent.capture`. */
export function operationType({ operation }: Entry): string {
	return /^(\w+\.\w+) \S+$/.exec(operation)?.[1] ?? operation;
}

/** Returns every known outcome of an entry: the current one, those of previous attempts, and late responses. */
export function outcomesOf(entry: Entry): Outcome[] {
	const own = 'outcome' in entry ? [entry.outcome] : [];
	const { previousAttempts = [], lateResponses = [] } = entry;
	return [
		...own,
		...previousAttempts.map(({ outcome }) => outcome),
		...lateResponses.map(({ outcome }) => outcome),
	];
}

/** A reference is an ID, or the whole object if the request expanded it. */
function idOf(reference: unknown): unknown {
	return typeof reference === 'object' && reference !== null && 'id' in reference
		? reference.id
		: reference;
}

/** Returns the strings among the values, without duplicates. */
export function uniqueStrings(values: readonly unknown[]): string[] {
	return [...new Set(values.filter((value) => typeof value === 'string' && value !== ''))] as string[];
}

/** Returns what is kept of an attempt after a newer one has started, or after its entry is closed. */
export function archiveAttempt(entry: SettledEntry): PreviousAttempt {
	const { attempt, key, outcome, settledAt, firstSentAt, lastSentAt, sends, origin, samePayment } = entry;
	return {
		attempt,
		key,
		outcome,
		settledAt,
		firstSentAt,
		lastSentAt,
		sends,
		...moneyOf(entry),
		origin,
		...(samePayment === undefined ? {} : { samePayment }),
		...(entry.request.added ? { added: entry.request.added } : {}),
	};
}

/** Returns what an entry knows about its payment, and since when. */
export function getKnownPayment(
	entry: Entry,
	of: (entry: Entry) => Payment | undefined = storedPaymentOf,
): KnownPayment | undefined {
	const payment = of(entry);
	if (!payment || !('outcome' in entry)) return undefined;
	const answered: KnownPayment = { ...payment, asOf: payment.asOf ?? responseTimeOf(entry) };
	// An event may have arrived while the response was still pending, and may be newer.
	return (entry.lateResponses ?? []).reduce((known, { outcome, at }) => {
		const reported = outcome.payment;
		return reported?.object === known.object
			? pickLater(known, { ...reported, asOf: reported.asOf ?? at })
			: known;
	}, answered);
}

/** A declined payment is known only from later events. A response of another API may look like one of Stripe's. */
export function storedPaymentOf(entry: Entry): Payment | undefined {
	if (entry.state === 'rejected') return entry.outcome.payment;
	return entry.state === 'succeeded' && entry.request.path.startsWith('/')
		? entry.outcome.payment
		: undefined;
}

/** A replayed response is as old as the first send of its key. */
function responseTimeOf({ outcome, settledAt, firstSentAt }: Extract<Entry, { outcome: unknown }>): number {
	const { requestId, originalRequestId } = outcome;
	const isRepeated = originalRequestId !== undefined && originalRequestId !== requestId;
	return isRepeated ? (firstSentAt ?? settledAt) : settledAt;
}

/**
 * An index term of an entry. Entries with a term are sorted by `rank`, and then by their ID. A store writes the terms of a row in
 * the same step as the row.
 */
export interface Term {
	term: string;
	/** ms before the epoch, so that newer entries come first. */
	rank: number;
}

export const TERM_KINDS = ['object', 'field', 'customer', 'workflow'] as const;
type TermKind = (typeof TERM_KINDS)[number];

/** Finds every entry, by creation time. */
export const ALL_ENTRIES = 'all';
/** Finds every resolved entry, by the time it was resolved. */
export const SETTLED_ENTRIES = 'settled';

/** Finds every unknown entry, by creation time. */
export const UNKNOWN_ENTRIES = 'unknown';

/** Longer values are cut off. */
const MAX_LENGTH = 100;

/**
 * Returns the index term of a value. Values with a common prefix have terms with a common prefix. Terms have no white space or
 * control characters, which stores use or refuse, and stay within the Basic Multilingual Plane, so that `\u{10ffff}` sorts after
 * every continuation.
 */
export function toTerm(kind: TermKind, value: string): string {
	const isPlain = value.length <= MAX_LENGTH && PLAIN.test(value);
	return `${kind}:${isPlain ? value : foldCase(value).slice(0, MAX_LENGTH).replace(UNPLAIN, '_')}`;
}

/** Most IDs and numbers: nothing has to be folded, which is much faster. */
const PLAIN = /^[!-@[-~]*$/;

/** A surrogate pair that is cut in half still counts as one character. */
const UNPLAIN = /[\s\p{Cc}\p{Cs}\u{10000}-\u{10ffff}]/gu;

/** The indexed values of an entry, as they are written. */
export function indexedValuesOf(entry: Entry): [kind: TermKind, value: string][] {
	const { fields, origin } = entry;
	const values: Record<TermKind, readonly unknown[]> = {
		object: objectsOf(entry),
		field: fields.map(([, value]) => value),
		customer: customersOf(entry),
		workflow: [origin.workflowId, origin.workflowName],
	};
	return TERM_KINDS.flatMap((kind) =>
		uniqueStrings(values[kind]).map((value): [TermKind, string] => [kind, value]),
	);
}

/** The index terms of an entry. Different values may share a term, so a search has to check the entry itself too. */
export function termsOf(entry: Entry): Term[] {
	const settledAt = resolvedAt(entry);
	const terms = new Set([
		ALL_ENTRIES,
		...indexedValuesOf(entry).map(([kind, value]) => toTerm(kind, value)),
	]);
	if (entry.state === 'unknown') terms.add(UNKNOWN_ENTRIES);
	return [
		...[...terms].map((term) => ({ term, rank: -entry.createdAt })),
		...(settledAt === undefined ? [] : [{ term: SETTLED_ENTRIES, rank: -settledAt }]),
	];
}

/** Returns a text in canonical form, in lower case. */
export function foldCase(text: string): string {
	return text.normalize('NFC').toLowerCase().trim();
}
