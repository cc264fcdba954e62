import type { Entry, Outcome } from '../../ledger/model/entry';
import type { LedgerRequest } from '../../ledger/model/request';
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
	path: RegExp;
	/** @returns the object as the request would have answered it, or undefined where the event proves nothing */
	confirms: (
		event: StripeEvent,
		entry: StoredRequest,
		how: { target: string; byKey: boolean },
	) => StripeObject | undefined;
	/** Metadata lead to what created the object; a later request on it is known by its key alone. */
	byKeyOnly?: true;
}

/** Collections whose objects are all that was asked for as soon as they exist: nothing in the request can still fail. */
const COMPLETE_ON_CREATION = new Map(
	Object.entries({
		coupons: 'coupon',
		credit_notes: 'credit_note',
		customers: 'customer',
		invoiceitems: 'invoiceitem',
		invoices: 'invoice',
		payouts: 'payout',
		prices: 'price',
		products: 'product',
		topups: 'topup',
		transfers: 'transfer',
	}),
);

/**
 * Which events prove which requests (docs.stripe.com/api/events/types). What has no row proves nothing. A payment that failed
 * proves nothing either: a repeat of the send is answered by Stripe itself, with the rejection that it keeps under the key.
 */
const CONFIRMATION_RULES: readonly ConfirmationRule[] = [
	{
		meaning: 'a payment intent was created, and confirmed where that was asked for',
		path: /^\/v1\/payment_intents$/,
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
		meaning: 'a payment intent was confirmed, captured or canceled',
		path: /^\/v1\/payment_intents\/([^/]+)\/(confirm|capture|cancel)$/,
		byKeyOnly: true,
		confirms: ({ type, data: { object } }, { request }, { target: id }) => {
			const intent = findIntent(type, object);
			const action = request.path.split('/').at(-1) ?? '';
			return intent?.id === id && confirmsAction(intent, action) ? intent : undefined;
		},
	},
	{
		meaning: 'a charge was created',
		path: /^\/v1\/charges$/,
		confirms: ({ type, data: { object } }) =>
			/^charge\.(?:succeeded|pending|captured)$/.test(type) && isKind('charge', object)
				? object
				: undefined,
	},
	{
		meaning: 'a charge was captured',
		path: /^\/v1\/charges\/([^/]+)\/capture$/,
		byKeyOnly: true,
		confirms: ({ data: { object } }, _entry, { target: id }) =>
			isKind('charge', object) && object.id === id && confirmsAction(object, 'capture')
				? object
				: undefined,
	},
	{
		meaning: 'a refund was created',
		path: /^\/v1\/refunds$/,
		confirms: ({ data: { object } }) => (isKind('refund', object) ? object : undefined),
	},
	{
		meaning: 'an object was created that is whole as soon as it exists',
		path: /^\/v1\/(\w+)$/,
		confirms: ({ type, data: { object } }, _entry, { target: collection }) =>
			type.endsWith('.created') && isCompleteOnCreation(collection, object) ? object : undefined,
	},
	{
		meaning: 'an object was changed',
		path: /^\/v1\/(?:customers|charges|refunds)\/([^/]+)$/,
		byKeyOnly: true,
		confirms: ({ type, data: { object } }, _entry, { target: id }) =>
			type.endsWith('.updated') && object.id === id ? object : undefined,
	},
];

function isCompleteOnCreation(collection: string, { object }: StripeObject): boolean {
	return typeof object === 'string' && object === COMPLETE_ON_CREATION.get(collection);
}

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
	const rule = findRule(entry.request);
	if (!rule || (rule.byKeyOnly && !byKey)) return undefined;
	const target = rule.path.exec(entry.request.path)?.[1] ?? '';
	const object = rule.confirms(event, entry, { target, byKey });
	if (!object || (!byKey && findMismatch(entry, object) !== undefined)) return undefined;
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
function findRule({ method, path }: LedgerRequest): ConfirmationRule | undefined {
	return method === 'POST' ? CONFIRMATION_RULES.find((row) => row.path.test(path)) : undefined;
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
