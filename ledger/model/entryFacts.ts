import type { Entry, Outcome, PreviousAttempt, SettledEntry } from './entry';
import type { LedgerRequest } from './request';
import { sentParamsOf } from './request';

/** An amount in the currency's minor unit. */
export interface Money {
	amount: number;
	/** In lower case. */
	currency: string;
}

/**
 * What an entry is about in money: what its success says, else what was asked for, else what was reserved. An action on an
 * object counts what that object holds, so amounts of different operations are no sum: a payment and its capture are one.
 */
export function moneyOf(entry: Entry): Money | undefined {
	const { intent, usedAmount } = entry.reservation ?? {};
	const reserved = intent && { amount: usedAmount ?? intent.amount, currency: intent.currency };
	return (usesMinorUnits(entry) ? moneyOfRequest(entry) : undefined) ?? reserved;
}

/** A claim for any other API names what is done in the place of a path: in which unit that API counts is not known. */
function usesMinorUnits({ request }: Entry): boolean {
	return request.path.startsWith('/');
}

function moneyOfRequest(entry: Entry): Money | undefined {
	const { request } = entry;
	const moved = entry.state === 'succeeded' ? readMoney(entry.outcome.body, isCapture(request)) : undefined;
	return moved ?? readMoney(sentParamsOf(request));
}

/** Of what was authorized, a capture may take a part: the object's `amount` stays the whole. */
const CAPTURED = ['amount_received', 'amount_captured'];

/** What an object is about; an invoice has only what it asks for. */
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

/** Parameters are texts; what is no whole number is in nobody's minor unit. */
function toWholeNumber(value: unknown): number | undefined {
	const number = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
	return Number.isSafeInteger(number) ? (number as number) : undefined;
}

/** The customers whom an entry is about, by their ids: one in nearly all cases. */
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

/** References of Stripe objects by which people know a payment: a charge is what they see in the dashboard. */
const REFERENCES = ['charge', 'invoice', 'latest_charge', 'payment_intent', 'setup_intent', 'subscription'];

/**
 * The objects that an entry has to do with, by their ids: what it made, what it acted on, and what those refer to. A
 * customer is none of them, unless it was made or changed itself.
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

/** In `/v1/customers/cus_1/sources/card_1`, and `/v1/payment_intents/pi_1/capture`. */
function readIds(path: string): (string | undefined)[] {
	const [, , , id, , idWithin] = path.split('/');
	return [id, idWithin];
}

/** What is done, without the object that it is done to: `paymentIntent.capture pi_1` is a `paymentIntent.capture`. */
export function operationType({ operation }: Entry): string {
	return /^(\w+\.\w+) \S+$/.exec(operation)?.[1] ?? operation;
}

/** Every outcome that an entry knows of: its own, those of past attempts, and those that came too late. */
export function outcomesOf(entry: Entry): Outcome[] {
	const own = 'outcome' in entry ? [entry.outcome] : [];
	const { previousAttempts = [], lateResponses = [] } = entry;
	return [
		...own,
		...previousAttempts.map(({ outcome }) => outcome),
		...lateResponses.map(({ outcome }) => outcome),
	];
}

/** A reference is an id, or the whole object where that was asked for. */
function idOf(reference: unknown): unknown {
	return typeof reference === 'object' && reference !== null && 'id' in reference
		? reference.id
		: reference;
}

/** Those that are texts, each once. */
export function uniqueStrings(values: readonly unknown[]): string[] {
	return [...new Set(values.filter((value) => typeof value === 'string' && value !== ''))] as string[];
}

/** What stays of an attempt when a newer one begins, or when nothing more may come of its entry. */
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
