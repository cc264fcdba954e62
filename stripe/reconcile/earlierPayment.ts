import type { Outcome } from '../../ledger/model/entry';
import type { Difference, Params } from '../../ledger/model/request';
import { sendOnce } from '../api/client';
import type { StripeObject } from '../objects/stripeObject';
import type { QueryContext } from './stripeQueries';
import { getWithBackoff, toLimitation } from './stripeQueries';
import type { RetryPolicy } from '../api/retry';
import { sendWithRetries } from '../api/retry';
import { buildTurns } from '../api/rateLimiter';

/** The collection of PaymentIntents. */
export const PAYMENT_INTENTS = '/v1/payment_intents';

/** The current state of a payment of an earlier attempt. */
export type EarlierPaymentState =
	/** It can no longer be charged. */
	| { kind: 'cancelled' }
	/** It can be cancelled or confirmed. `differences` compares it with the current request. */
	| { kind: 'open'; differences: Difference[] }
	/** It was paid, or authorized. */
	| { kind: 'paid'; outcome: Outcome & { kind: 'succeeded' }; differences: Difference[] }
	/** Its bank has not responded yet. */
	| { kind: 'processing' }
	| { kind: 'stripe_unavailable'; reason: string };

/** The states in which a PaymentIntent can be cancelled and confirmed (docs.stripe.com/api/payment_intents/cancel). */
const OPEN_STATUSES = new Set(['requires_payment_method', 'requires_confirmation', 'requires_action']);
const PAID_STATUSES = new Set(['succeeded', 'requires_capture']);

/**
 * Reads a payment. If Stripe does not know it in test mode, it was deleted with the test data. In live mode nothing is deleted,
 * so the secret key belongs to another account.
 *
 * @param sent the parameters of the current request, as they are sent
 */
export async function readPayment(
	context: QueryContext,
	id: string,
	sent: Params,
): Promise<EarlierPaymentState> {
	const outcome = await getWithBackoff(context, `${PAYMENT_INTENTS}/${encodeURIComponent(id)}`);
	const isDeleted = outcome.code === 'resource_missing' && context.connection.mode === 'test';
	if (isDeleted) return { kind: 'cancelled' };
	if (outcome.kind !== 'succeeded')
		return { kind: 'stripe_unavailable', reason: toLimitation(outcome).reason };
	return toEarlierPaymentState(outcome, sent);
}

function toEarlierPaymentState(outcome: Outcome, sent: Params): EarlierPaymentState {
	const intent: StripeObject = outcome.body ?? {};
	const status = String(intent.status);
	if (status === 'canceled') return { kind: 'cancelled' };
	if (status === 'processing') return { kind: 'processing' };
	const differences = findPaymentDifferences(intent, sent);
	if (OPEN_STATUSES.has(status)) return { kind: 'open', differences };
	if (PAID_STATUSES.has(status))
		return { kind: 'paid', outcome: { ...outcome, kind: 'succeeded' }, differences };
	return {
		kind: 'stripe_unavailable',
		reason: `Its status is ${status}, which this version does not support`,
	};
}

/** The request that cancels a payment. */
interface CancelRequest extends RetryPolicy {
	idempotencyKey: string;
	/** When the lease of the claim expires, in ms since the epoch. */
	leaseUntil: number;
	apiVersion?: string;
}

/**
 * Cancels a payment, so that it can no longer be charged. It is read first, because authorized money must not be released. After
 * a refusal it is read again, and its state decides.
 */
export async function cancelPayment(
	context: QueryContext,
	id: string,
	sent: Params,
	cancelRequest: CancelRequest,
): Promise<EarlierPaymentState> {
	const before = await readPayment(context, id, sent);
	if (before.kind !== 'open') return before;
	const { connection, stripeAccount, timeoutMs, time, signal } = context;
	const { idempotencyKey, leaseUntil, apiVersion } = cancelRequest;
	const request = {
		method: 'POST' as const,
		path: `${PAYMENT_INTENTS}/${encodeURIComponent(id)}/cancel`,
		params: {},
		stripeAccount,
		timeoutMs,
		apiVersion,
		idempotencyKey,
	};
	const policy = {
		...cancelRequest,
		turns: buildTurns(connection, context.pace, request, { isClaimed: true }),
	};
	const send = () => sendOnce(connection, request);
	const outcomes = await sendWithRetries(send, policy, leaseUntil, time, signal);
	const last = outcomes.at(-1);
	if (last?.kind === 'succeeded') return toEarlierPaymentState(last, sent);
	if (last?.kind !== 'rejected')
		return { kind: 'stripe_unavailable', reason: last?.message ?? 'There was no time' };
	const after = await readPayment(context, id, sent);
	return after.kind === 'open'
		? { kind: 'stripe_unavailable', reason: `Stripe refused to cancel it: ${last.message ?? ''}` }
		: after;
}

/**
 * Compares a PaymentIntent with a requested payment: amount, currency, customer, destination of the money, and whether it is
 * captured at once. Nothing else moves money.
 *
 * @param sent the parameters as they are sent
 * @returns differences with Stripe's value as `stored` and the requested one as `requested`; amounts in minor units
 */
function findPaymentDifferences(intent: StripeObject, sent: Params): Difference[] {
	const actual = toComparable(intent);
	const requested = toComparable(sent);
	const names = Object.keys(actual) as (keyof typeof actual)[];
	const differing = names.flatMap((name) =>
		actual[name] === requested[name] ? [] : [{ name, stored: actual[name], requested: requested[name] }],
	);
	return [...differing, ...findCollectedDifference(intent, requested.amount)];
}

/** An authorized payment may have been captured in part by somebody else. */
function findCollectedDifference(
	{ status, amount_received: received }: StripeObject,
	requestedAmount: string,
): Difference[] {
	const collected = toText(received);
	const isOther = status === 'succeeded' && collected !== requestedAmount && collected !== NONE;
	return isOther ? [{ name: 'amount_received', stored: collected, requested: requestedAmount }] : [];
}

const NONE = '(none)';

function toComparable(of: StripeObject | Params) {
	const { amount, currency, customer, customer_account, transfer_data, capture_method } = of;
	const { destination } = (transfer_data ?? {}) as { destination?: unknown };
	return {
		amount: toText(amount),
		currency: toText(currency).toLowerCase(),
		customer: toText(customer ?? customer_account),
		'transfer_data.destination': toText(destination),
		// Both values capture at once. The default depends on the API version (docs.stripe.com/api/payment_intents/create).
		capture_method: toText(capture_method) === 'manual' ? 'manual' : 'automatic',
	};
}

/** A reference is an ID, or the whole object if the request expanded it. */
function toText(value: unknown): string {
	if (typeof value === 'number') return String(value);
	if (typeof value === 'string') return value === '' ? NONE : value;
	const { id } = (value ?? {}) as { id?: unknown };
	return typeof id === 'string' ? id : NONE;
}
