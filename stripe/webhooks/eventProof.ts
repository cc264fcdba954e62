import type { Entry, Outcome } from '../../ledger/model/entry';
import type { LedgerRequest } from '../../ledger/model/request';
import type { Target } from '../objects/collections';
import { parseTarget } from '../objects/collections';
import { findMismatch } from '../objects/matchesRequest';
import type { StripeEvent } from './event';
import { idempotencyKeyOf } from './event';
import { hasFailed, confirmsAction } from '../objects/lifecycle';
import { readEntryId } from '../objects/metadata';
import { toSuccessFacts } from '../objects/paymentState';
import type { StripeObject } from '../objects/stripeObject';

type StoredRequest = Pick<Entry, 'paramsStored' | 'request'>;

/** One row: which requests it speaks of, and which object of an event shows that such a request took effect. */
interface ConfirmationRule {
	meaning: string;
	takes: (target: Target) => boolean;
	/** @returns the object as the request would have answered it, or undefined where the event proves nothing */
	confirms: (
		event: StripeEvent,
		entry: StoredRequest,
		how: { target: Target; byKey: boolean },
	) => StripeObject | undefined;
	/** Metadata lead to what created the object; a later request on it is known by its key alone. */
	byKeyOnly?: true;
}

/** Kinds of objects that are all that was asked for as soon as they exist: nothing in the request can still fail. */
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
 * Which events prove which requests (docs.stripe.com/api/events/types). What has no row proves nothing. A payment that failed
 * proves nothing either: a repeat of the send is answered by Stripe itself, with the rejection that it keeps under the key.
 */
const CONFIRMATION_RULES: readonly ConfirmationRule[] = [
	{
		meaning: 'a payment intent was created, and confirmed where that was asked for',
		takes: ({ collection, id }) => collection.kind === 'payment_intent' && id === undefined,
		confirms: ({ type, data: { object } }, entry, { byKey }) => {
			const intent = findIntent(type, object);
			if (!intent) return undefined;
			// The event of the creation shows the intent before its confirmation, whatever comes of that.
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
		meaning: 'a checkout session was created: Stripe has no event of that, but one of what becomes of it',
		takes: ({ collection, id }) => collection.kind === 'checkout.session' && id === undefined,
		// Those of a payment link have its metadata.
		confirms: ({ data: { object } }) =>
			object.object === 'checkout.session' && object.payment_link === null ? object : undefined,
	},
	{
		meaning: 'an object was created that is whole as soon as it exists',
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

/** Actions that leave nothing on the object by which it could be known. */
const SHOWN_BY_EVENT: ReadonlySet<string> = new Set(['send', 'add_lines', 'attach']);

/** The entry in whose name the object of the event was created. */
export function getCreatingEntryId({ data: { object } }: StripeEvent): string | undefined {
	return readEntryId(object);
}

/**
 * What an event proves about an entry. Mode and account are not looked at here.
 *
 * @returns `key` where the event names the request's key; without one, the metadata of the object led to the entry
 */
export function findConfirmation(
	event: StripeEvent,
	entry: Pick<Entry, 'entryId' | 'key'> & StoredRequest,
): { key?: string; outcome: Outcome & { kind: 'succeeded' } } | undefined {
	const byKey = idempotencyKeyOf(event) === entry.key;
	if (!byKey && getCreatingEntryId(event) !== entry.entryId) return undefined;
	const target = readTarget(entry.request);
	const rule = target && CONFIRMATION_RULES.find(({ takes }) => takes(target));
	if (!rule || (rule.byKeyOnly && !byKey)) return undefined;
	const object = rule.confirms(event, entry, { target, byKey });
	// Metadata may be a copy, and a key may have been used for another request by a ledger that is lost.
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

/** The event may come long after it happened. */
function toFactsAt(object: StripeObject, { created }: StripeEvent): ReturnType<typeof toSuccessFacts> {
	const { payment, ...facts } = toSuccessFacts(object);
	if (!payment) return facts;
	const asOf = Number(created) * 1_000;
	return { ...facts, payment: Number.isFinite(asOf) ? { ...payment, asOf } : payment };
}

/** Stripe ignores the key of a DELETE, and names none in its event. */
function readTarget({ method, path }: LedgerRequest): Target | undefined {
	return method === 'POST' ? parseTarget(path) : undefined;
}

function isKind(kind: string, object: StripeObject): boolean {
	return object.object === kind && !hasFailed(object);
}

/** Without its parameters nobody can tell whether it was to be confirmed at once: then it has to be paid to be proven. */
function isPlainCreation({ paramsStored, request }: StoredRequest): boolean {
	return paramsStored && request.params.confirm !== 'true';
}

/** Where the request itself has led to `requires_action`, Stripe has answered it with a 200. */
function isPaid(intent: StripeObject, byKey: boolean): boolean {
	return confirmsAction(intent, 'confirm') || (byKey && intent.status === 'requires_action');
}

/** The intent that an event shows, itself or through its charge. */
function findIntent(type: string, object: StripeObject): StripeObject | undefined {
	if (object.object === 'payment_intent') return object;
	const isMoney = type === 'charge.succeeded' || type === 'charge.captured';
	return isMoney && object.object === 'charge' ? toIntent(object) : undefined;
}

/** What a charge tells of its intent (docs.stripe.com/payments/paymentintents/lifecycle); the rest is not known. */
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
