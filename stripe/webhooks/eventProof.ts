import type { Entry, Outcome } from '../../ledger/model/entry';
import type { LedgerRequest } from '../../ledger/model/request';
import { differenceFrom } from '../objects/matchesRequest';
import type { StripeEvent } from './event';
import { keyOf } from './event';
import { cameToNothing, proves } from '../objects/lifecycle';
import { entryIdIn } from '../objects/metadata';
import { factsOfObject } from '../objects/paymentState';

type StripeObject = Record<string, unknown>;
type Kept = Pick<Entry, 'paramsStored' | 'request'>;

/** One row: which requests it speaks of, and which object of an event shows that such a request took effect. */
interface ProofRow {
	what: string;
	path: RegExp;
	/** @returns the object as the request would have answered it, or undefined where the event proves nothing */
	shows: (
		event: StripeEvent,
		entry: Kept,
		how: { onWhat: string; byKey: boolean },
	) => StripeObject | undefined;
	/** Metadata lead to what created the object; a later request on it is known by its key alone. */
	byKeyOnly?: true;
}

/** Collections whose objects are all that was asked for as soon as they exist: nothing in the request can still fail. */
const CREATED_WHOLE = new Map(
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
const PROOFS: readonly ProofRow[] = [
	{
		what: 'a payment intent was created, and confirmed where that was asked for',
		path: /^\/v1\/payment_intents$/,
		shows: ({ type, data: { object } }, entry, { byKey }) => {
			const intent = intentIn(type, object);
			if (!intent) return undefined;
			// The event of the creation shows the intent before its confirmation, whatever comes of that.
			return isPlainCreation(entry) || (type !== 'payment_intent.created' && isPaid(intent, byKey))
				? intent
				: undefined;
		},
	},
	{
		what: 'a payment intent was confirmed, captured or canceled',
		path: /^\/v1\/payment_intents\/([^/]+)\/(confirm|capture|cancel)$/,
		byKeyOnly: true,
		shows: ({ type, data: { object } }, { request }, { onWhat: id }) => {
			const intent = intentIn(type, object);
			const action = request.path.split('/').at(-1) ?? '';
			return intent?.id === id && proves(intent, action) ? intent : undefined;
		},
	},
	{
		what: 'a charge was created',
		path: /^\/v1\/charges$/,
		shows: ({ type, data: { object } }) =>
			/^charge\.(?:succeeded|pending|captured)$/.test(type) && isOf('charge', object)
				? object
				: undefined,
	},
	{
		what: 'a charge was captured',
		path: /^\/v1\/charges\/([^/]+)\/capture$/,
		byKeyOnly: true,
		shows: ({ data: { object } }, _entry, { onWhat: id }) =>
			isOf('charge', object) && object.id === id && proves(object, 'capture') ? object : undefined,
	},
	{
		what: 'a refund was created',
		path: /^\/v1\/refunds$/,
		shows: ({ data: { object } }) => (isOf('refund', object) ? object : undefined),
	},
	{
		what: 'an object was created that is whole as soon as it exists',
		path: /^\/v1\/(\w+)$/,
		shows: ({ type, data: { object } }, _entry, { onWhat: collection }) =>
			type.endsWith('.created') && isWhole(collection, object) ? object : undefined,
	},
	{
		what: 'an object was changed',
		path: /^\/v1\/(?:customers|charges|refunds)\/([^/]+)$/,
		byKeyOnly: true,
		shows: ({ type, data: { object } }, _entry, { onWhat: id }) =>
			type.endsWith('.updated') && object.id === id ? object : undefined,
	},
];

function isWhole(collection: string, { object }: StripeObject): boolean {
	return typeof object === 'string' && object === CREATED_WHOLE.get(collection);
}

/** The entry in whose name the object of the event was created. */
export function entryOfObject({ data: { object } }: StripeEvent): string | undefined {
	return entryIdIn(object);
}

/**
 * What an event proves about an entry. Mode and account are not looked at here.
 *
 * @returns `key` where the event names the request's key; without one, the metadata of the object led to the entry
 */
export function proofOf(
	event: StripeEvent,
	entry: Pick<Entry, 'entryId' | 'key'> & Kept,
): { key?: string; outcome: Outcome & { kind: 'succeeded' } } | undefined {
	const byKey = keyOf(event) === entry.key;
	if (!byKey && entryOfObject(event) !== entry.entryId) return undefined;
	const row = rowFor(entry.request);
	if (!row || (row.byKeyOnly && !byKey)) return undefined;
	const onWhat = row.path.exec(entry.request.path)?.[1] ?? '';
	const object = row.shows(event, entry, { onWhat, byKey });
	if (!object || (!byKey && differenceFrom(entry, object) !== undefined)) return undefined;
	return {
		key: byKey ? entry.key : undefined,
		outcome: {
			kind: 'succeeded',
			requestId: event.request?.id ?? undefined,
			...factsAt(object, event),
		},
	};
}

/** The event may come long after it happened. */
function factsAt(object: StripeObject, { created }: StripeEvent): ReturnType<typeof factsOfObject> {
	const { payment, ...facts } = factsOfObject(object);
	if (!payment) return facts;
	const asOf = Number(created) * 1_000;
	return { ...facts, payment: Number.isFinite(asOf) ? { ...payment, asOf } : payment };
}

/** Stripe ignores the key of a DELETE, and names none in its event. */
function rowFor({ method, path }: LedgerRequest): ProofRow | undefined {
	return method === 'POST' ? PROOFS.find((row) => row.path.test(path)) : undefined;
}

function isOf(kind: string, object: StripeObject): boolean {
	return object.object === kind && !cameToNothing(object);
}

/** Without its parameters nobody can tell whether it was to be confirmed at once: then it has to be paid to be proven. */
function isPlainCreation({ paramsStored, request }: Kept): boolean {
	return paramsStored && request.params.confirm !== 'true';
}

/** Where the request itself has led to `requires_action`, Stripe has answered it with a 200. */
function isPaid(intent: StripeObject, byKey: boolean): boolean {
	return proves(intent, 'confirm') || (byKey && intent.status === 'requires_action');
}

/** The intent that an event shows, itself or through its charge. */
function intentIn(type: string, object: StripeObject): StripeObject | undefined {
	if (object.object === 'payment_intent') return object;
	const isMoney = type === 'charge.succeeded' || type === 'charge.captured';
	return isMoney && object.object === 'charge' ? intentOfCharge(object) : undefined;
}

/** What a charge tells of its intent (docs.stripe.com/payments/paymentintents/lifecycle); the rest is not known. */
function intentOfCharge(charge: StripeObject): StripeObject | undefined {
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
