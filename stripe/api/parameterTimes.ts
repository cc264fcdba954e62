import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../ledger/clock';
import type { Params } from '../../ledger/model/request';
import type { InvalidValue } from './parameterKinds';

/** A request takes time to arrive, and Stripe's time is known to the second. */
const TOLERANCE_MS = MINUTE_MS;

interface Limits {
	at: RegExp;
	/** `a.b` is nested in `a`. */
	name: string;
	/** The earliest time, in ms from Stripe's current time. */
	from?: number;
	to?: number;
	/** Completes the sentence "Give a time …". */
	says: string;
	/** A customer in a test account may have a test clock with another time (docs.stripe.com/billing/testing/test-clocks). */
	isLiveOnly?: true;
}

const FUTURE = { from: 0, says: 'in the future', isLiveOnly: true } as const;

/** The limits in the API reference of each parameter. */
const LIMITS: readonly Limits[] = [
	{
		at: /^\/v1\/checkout\/sessions$/,
		name: 'expires_at',
		from: 30 * MINUTE_MS,
		to: DAY_MS,
		says: 'between 30 minutes and 24 hours from now',
	},
	{
		at: /^\/v1\/checkout\/sessions$/,
		name: 'subscription_data.trial_end',
		from: 48 * HOUR_MS,
		says: 'at least 48 hours from now',
		isLiveOnly: true,
	},
	{ at: /^\/v1\/coupons$/, name: 'redeem_by', to: 5 * 366 * DAY_MS, says: 'within the next five years' },
	{ at: /^\/v1\/quotes(?:\/\w+(?:\/finalize)?)?$/, name: 'expires_at', ...FUTURE },
	{ at: /^\/v1\/subscriptions(?:\/\w+)?$/, name: 'trial_end', ...FUTURE },
	{ at: /^\/v1\/subscriptions$/, name: 'billing_cycle_anchor', ...FUTURE },
	{
		at: /^\/v1\/subscriptions$/,
		name: 'backdate_start_date',
		to: 0,
		says: 'in the past',
		isLiveOnly: true,
	},
	{
		at: /^\/v1\/billing\/meter_events$/,
		name: 'timestamp',
		from: -35 * DAY_MS,
		to: 5 * MINUTE_MS,
		says: 'within the past 35 days',
		isLiveOnly: true,
	},
];

interface TimedRequest {
	path: string;
	/** In wire form. */
	params: Params;
	mode: 'test' | 'live';
}

/**
 * Returns the first time in a request that Stripe would refuse as too early or too late.
 *
 * @param now Stripe's time, in ms since the epoch
 */
export function findImplausibleTime(
	{ path, params, mode }: TimedRequest,
	now: number,
): InvalidValue | undefined {
	for (const { at, name, from = -Infinity, to = Infinity, says, isLiveOnly } of LIMITS) {
		if (!at.test(path) || (isLiveOnly && mode !== 'live')) continue;
		const time = readTime(params, name);
		if (time === undefined) continue;
		if (time >= now + from - TOLERANCE_MS && time <= now + to + TOLERANCE_MS) continue;
		return { path: name, fault: [`is ${new Date(time).toISOString()}`, `Give a time ${says}.`] };
	}
	return undefined;
}

/** Stripe's times are in seconds. Some parameters also accept words such as `now`. */
function readTime(params: Params, name: string): number | undefined {
	const [first = '', inner] = name.split('.');
	const value = params[first];
	if (inner !== undefined)
		return typeof value === 'object' && !Array.isArray(value) ? readTime(value, inner) : undefined;
	return typeof value === 'string' && /^\d{1,11}$/.test(value) ? Number(value) * 1000 : undefined;
}
