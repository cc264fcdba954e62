import { isObject } from '../objects/stripeObject';

/** The fields of an event that are used (docs.stripe.com/api/events/object). Other fields are passed on unchanged. */
export interface StripeEvent {
	[field: string]: unknown;
	id: string;
	type: string;
	livemode: boolean;
	data: { object: Record<string, unknown> };
	/** The connected account of the event; absent for the account itself. */
	account?: string;
	/**
	 * For the event destination of an organization: the path to the account of the event, `acct_1` or `org_1/acct_1` (since
	 * 2025-04-30, docs.stripe.com/api/events/object).
	 */
	context?: string | null;
	api_version?: string | null;
	/** `idempotency_key` is null if the event was caused by Stripe and not by a request. */
	request?: { id?: string | null; idempotency_key?: string | null } | null;
}

/** @returns undefined if it is not an event of the v1 API. Events of API v2 contain no object, but are signed in the same way */
export function parseEvent(body: string): StripeEvent | undefined {
	const event = parseJson(body);
	if (!isObject(event) || event.object !== 'event') return undefined;
	const { id, type, livemode, data, account, context, api_version: version, request } = event;
	const isWhole =
		[id, type].every((text) => typeof text === 'string' && text !== '') &&
		typeof livemode === 'boolean' &&
		isObject(data) &&
		isObject(data.object) &&
		[account, context, version].every((text) =>
			['undefined', 'string'].includes(typeof (text ?? undefined)),
		) &&
		(request === undefined || request === null || isObject(request));
	return isWhole ? (event as StripeEvent) : undefined;
}

/**
 * Reads the type of an event that references its object without a snapshot: all events of API v2, and v1 events of a destination
 * with thin payloads (`v1.customer.created`; docs.stripe.com/event-destinations, "Thin events").
 *
 * @returns undefined for any other event
 */
export function parseThinEventType(body: string): string | undefined {
	const event = parseJson(body);
	const isThin = isObject(event) && event.object === 'v2.core.event' && typeof event.type === 'string';
	return isThin ? (event.type as string) : undefined;
}

/**
 * Returns the account of an event: `own` if the event names none, `unknown` if it belongs to another account without naming it.
 */
export function readOwner({ account, context }: StripeEvent): { account: string } | 'own' | 'unknown' {
	if (account) return { account };
	if (!context) return 'own';
	const last = context.split('/').at(-1) ?? '';
	return /^acct_\w+$/.test(last) ? { account: last } : 'unknown';
}

/** Returns the idempotency key of the request that caused the event. */
export function idempotencyKeyOf({ request }: StripeEvent): string | undefined {
	const key = request?.idempotency_key;
	return typeof key === 'string' && key !== '' ? key : undefined;
}

export function modeOf({ livemode }: StripeEvent): 'test' | 'live' {
	return livemode ? 'live' : 'test';
}

function parseJson(body: string): unknown {
	try {
		return JSON.parse(body) as unknown;
	} catch {
		return undefined;
	}
}
