import { isObject } from '../objects/stripeObject';

/** The fields of an event that matter to us (docs.stripe.com/api/events/object); the others stay as they are. */
export interface StripeEvent {
	[field: string]: unknown;
	id: string;
	type: string;
	livemode: boolean;
	data: { object: Record<string, unknown> };
	/** The connected account that it happened in; absent for one's own. */
	account?: string;
	/**
	 * Of an organization's event destination: the path to whose event it is, `acct_1` or `org_1/acct_1` (since 2025-04-30,
	 * docs.stripe.com/api/events/object).
	 */
	context?: string | null;
	api_version?: string | null;
	/** `idempotency_key` is null where no request was the cause, but Stripe itself. */
	request?: { id?: string | null; idempotency_key?: string | null } | null;
}

/** @returns undefined for what is no event of the v1 API: events of API v2 carry no object, and are signed the same way */
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
 * An event that names its object and carries no snapshot of it: all of API v2, and those of API v1 whose destination asks for
 * them (`v1.customer.created`; docs.stripe.com/event-destinations, "Thin events").
 *
 * @returns its type; undefined for anything else
 */
export function parseThinEventType(body: string): string | undefined {
	const event = parseJson(body);
	const isThin = isObject(event) && event.object === 'v2.core.event' && typeof event.type === 'string';
	return isThin ? (event.type as string) : undefined;
}

/** Whose event it is: `own` where it says nothing, `unknown` where it is another's and does not say whose. */
export function readOwner({ account, context }: StripeEvent): { account: string } | 'own' | 'unknown' {
	if (account) return { account };
	if (!context) return 'own';
	const last = context.split('/').at(-1) ?? '';
	return /^acct_\w+$/.test(last) ? { account: last } : 'unknown';
}

/** The key of the request that caused it. */
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
