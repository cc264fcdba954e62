import type { Entry, Outcome } from '../../ledger/model/entry';
import type { LedgerRequest } from '../../ledger/model/request';
import type { Target } from '../objects/collections';
import { parseTarget } from '../objects/collections';
import { findMismatch } from '../objects/matchesRequest';
import { STRIPE_CLOCK_SKEW_MS } from '../reconcile/executionWindow';
import type { StripeEvent } from './event';
import { idempotencyKeyOf } from './event';
import { confirmsAction, isInEffect } from '../objects/lifecycle';
import { readEntryId } from '../objects/metadata';
import { toSuccessFacts } from '../objects/paymentState';
import type { StripeObject } from '../objects/stripeObject';

type StoredRequest = Pick<Entry, 'paramsStored' | 'request'>;

/** One row of the table: which requests an event can prove, and which of its objects shows the effect. */
interface ConfirmationRule {
	meaning: string;
	takes: (target: Target) => boolean;
	/** @returns the object as the response to the request would show it, or undefined if the event proves nothing */
	confirms: (
		event: StripeEvent,
		entry: StoredRequest,
		how: { target: Target; byKey: boolean },
	) => StripeObject | undefined;
	/** Metadata leads to the request that created the object. A later request on it can only be identified by its key. */
	byKeyOnly?: true;
}

/** Kinds of objects that are complete when they are created: no part of the request can fail later. */
const COMPLETE_ON_CREATION: ReadonlySet<string> = new Set([
	'billing.credit_grant',
	'coupon',
	'credit_note',
	'customer',
	'invoice',
	'invoiceitem',
	'payment_link',
	'payout',
	'plan',
	'price',
	'product',
	'promotion_code',
	'quote',
	'subscription',
	'subscription_schedule',
	'tax_rate',
	'topup',
	'transfer',
]);

/**
 * Which events prove which requests (docs.stripe.com/api/events/types). Other events prove nothing. A failed payment proves
 * nothing either: Stripe answers a repeat of its request with the rejection that it stored under the key.
 */
const CONFIRMATION_RULES: readonly ConfirmationRule[] = [
	{
		meaning: 'a payment intent was created, and confirmed if the request asked for it',
		takes: ({ collection, id }) => collection.kind === 'payment_intent' && id === undefined,
		confirms: ({ type, data: { object } }, entry, { byKey }) => {
			const intent = findIntent(type, object);
			if (!intent) return undefined;
			// The creation event shows the PaymentIntent before its confirmation, whose result is still open.
			return isPlainCreation(entry) || (type !== 'payment_intent.created' && isPaid(intent, byKey))
				? intent
				: undefined;
		},
	},
	{
		meaning: 'a charge was created',
		takes: ({ collection, id }) => collection.kind === 'charge' && id === undefined,
		confirms: ({ type, data: { object } }) =>
			/^charge\.(?:succeeded|pending|captured)$/.test(type) && isKind('charge', object)
				? object
				: undefined,
	},
	{
		meaning: 'a refund was created',
		takes: ({ collection, id }) => collection.kind === 'refund' && id === undefined,
		confirms: ({ data: { object } }) => (isKind('refund', object) ? object : undefined),
	},
	{
		meaning: 'a checkout session was created: Stripe sends no event for that, only for what follows',
		takes: ({ collection, id }) => collection.kind === 'checkout.session' && id === undefined,
		// The sessions of a payment link have the metadata of the link.
		confirms: ({ data: { object } }) =>
			object.object === 'checkout.session' && object.payment_link === null ? object : undefined,
	},
	{
		meaning: 'an object was created that is complete as soon as it exists',
		takes: ({ collection, id }) => id === undefined && COMPLETE_ON_CREATION.has(collection.kind),
		confirms: ({ type, data: { object } }, _entry, { target: { collection } }) =>
			type.endsWith('.created') && object.object === collection.kind ? object : undefined,
	},
	{
		meaning: 'an object was acted on',
		takes: ({ action }) => action !== undefined,
		byKeyOnly: true,
		confirms: ({ type, data: { object } }, { request }, { target: { id, action = '', collection } }) => {
			const changed = collection.kind === 'payment_intent' ? findIntent(type, object) : object;
			if (!changed || changed.id !== id || changed.object !== collection.kind) return undefined;
			const isShown = confirmsAction(changed, action, request.params);
			const isNamed = SHOWN_BY_EVENT.has(action) && collection.actions?.[action]?.events.includes(type);
			return isShown || isNamed ? changed : undefined;
		},
	},
	{
		meaning: 'an object was changed',
		takes: ({ id, action }) => id !== undefined && action === undefined,
		byKeyOnly: true,
		confirms: ({ type, data: { object } }, _entry, { target: { id, collection } }) =>
			object.id === id && collection.updatedEvents?.includes(type) ? object : undefined,
	},
];

/** Actions that leave nothing on the object to identify them. */
const SHOWN_BY_EVENT: ReadonlySet<string> = new Set(['send', 'add_lines', 'attach']);

/** Returns the entry that created the object of the event. */
export function getCreatingEntryId({ data: { object } }: StripeEvent): string | undefined {
	return readEntryId(object);
}

/**
 * Returns what an event proves about an entry. The caller checks mode and account.
 *
 * @returns `key` is set if the event names the request's key; otherwise the metadata of the object led to the entry
 */
export function findConfirmation(
	event: StripeEvent,
	entry: Pick<Entry, 'entryId' | 'key' | 'firstSentAt'> & StoredRequest,
): { key?: string; outcome: Outcome & { kind: 'succeeded' } } | undefined {
	const byKey = idempotencyKeyOf(event) === entry.key;
	if (!byKey && getCreatingEntryId(event) !== entry.entryId) return undefined;
	const target = readTarget(entry.request);
	const rule = target && CONFIRMATION_RULES.find(({ takes }) => takes(target));
	if (!rule || (rule.byKeyOnly && (!byKey || isOfOther(event, entry)))) return undefined;
	if (!byKey && isCreationByOther(event, entry, target)) return undefined;
	const object = rule.confirms(event, entry, { target, byKey });
	// Metadata may be copied, and a lost ledger may have used the key for another request.
	if (!object || findMismatch(entry, object) !== undefined) return undefined;
	return {
		key: byKey ? entry.key : undefined,
		outcome: {
			kind: 'succeeded',
			requestId: event.request?.id ?? undefined,
			...toFactsAt(object, event),
		},
	};
}

/** A lost ledger may have used the key for another change of the object, before the first send that this ledger knows about. */
function isOfOther({ created }: StripeEvent, { firstSentAt = 0 }: Pick<Entry, 'firstSentAt'>): boolean {
	return Number(created) * 1_000 < firstSentAt - STRIPE_CLOCK_SKEW_MS;
}

/**
 * Metadata may have been copied onto an object that another request created. Stripe's own events name no key. Each key of an entry
 * contains its ID.
 */
function isCreationByOther(
	event: StripeEvent,
	{ entryId }: Pick<Entry, 'entryId'>,
	{ collection }: Target,
): boolean {
	const key = idempotencyKeyOf(event);
	return key !== undefined && !key.includes(entryId) && collection.createdEvents.includes(event.type);
}

/** The event may arrive long after it happened. */
function toFactsAt(object: StripeObject, { created }: StripeEvent): ReturnType<typeof toSuccessFacts> {
	const { payment, ...facts } = toSuccessFacts(object);
	if (!payment) return facts;
	const asOf = Number(created) * 1_000;
	return { ...facts, payment: Number.isFinite(asOf) ? { ...payment, asOf } : payment };
}

/** Stripe ignores the key of a DELETE, and its event names none. */
function readTarget({ method, path }: LedgerRequest): Target | undefined {
	return method === 'POST' ? parseTarget(path) : undefined;
}

function isKind(kind: string, object: StripeObject): boolean {
	return object.object === kind && isInEffect(object);
}

/** Without the parameters it is not known whether the intent was to be confirmed at once, so only a payment proves it. */
function isPlainCreation({ paramsStored, request }: StoredRequest): boolean {
	return paramsStored && request.params.confirm !== 'true';
}

/** If the request itself led to `requires_action`, Stripe responded with 200. */
function isPaid(intent: StripeObject, byKey: boolean): boolean {
	return confirmsAction(intent, 'confirm') || (byKey && intent.status === 'requires_action');
}

/** Returns the PaymentIntent of an event: its object, or the intent of its charge. */
function findIntent(type: string, object: StripeObject): StripeObject | undefined {
	if (object.object === 'payment_intent') return object;
	const isMoney = type === 'charge.succeeded' || type === 'charge.captured';
	return isMoney && object.object === 'charge' ? toIntent(object) : undefined;
}

/** Derives a PaymentIntent from its charge, as far as it is known (docs.stripe.com/payments/paymentintents/lifecycle). */
function toIntent(charge: StripeObject): StripeObject | undefined {
	const { payment_intent: id, captured, amount, currency, customer, metadata } = charge;
	if (typeof id !== 'string' || charge.status !== 'succeeded') return undefined;
	const status = captured === true ? 'succeeded' : 'requires_capture';
	return {
		id,
		object: 'payment_intent',
		status,
		amount,
		amount_received: charge.amount_captured,
		currency,
		customer,
		latest_charge: charge.id,
		metadata,
	};
}
