import type { Outcome } from '../../ledger/model/entry';
import type { Difference, Params } from '../../ledger/model/request';
import { sendOnce } from '../api/client';
import type { StripeObject } from './finding';
import type { Inquiry } from './stripeQueries';
import { ask, gapOf } from './stripeQueries';
import type { RetryPolicy } from '../api/retry';
import { sendUntilKnown } from '../api/retry';
import { differencesFromPayment } from './samePayment';

/** Where payment intents are made. */
export const PAYMENT_INTENTS = '/v1/payment_intents';

/** What has become of a payment that an earlier attempt has made. */
export type PaymentState =
	/** It makes no charge any more. */
	| { kind: 'cancelled' }
	/** It can be cancelled or confirmed; `differences` from what is asked for now. */
	| { kind: 'open'; differences: Difference[] }
	/** It was paid, or authorized. */
	| { kind: 'paid'; outcome: Outcome & { kind: 'succeeded' }; differences: Difference[] }
	/** Its bank has not said yet. */
	| { kind: 'processing' }
	| { kind: 'not_answered'; reason: string };

/** The states in which a payment intent can be cancelled and confirmed (docs.stripe.com/api/payment_intents/cancel). */
const OPEN = new Set(['requires_payment_method', 'requires_confirmation', 'requires_action']);
const PAID = new Set(['succeeded', 'requires_capture']);

/**
 * Reads a payment. What Stripe does not know in test mode was deleted with the test data; in live mode nothing is deleted, so
 * that the key leads elsewhere.
 *
 * @param sent what is asked for now, as it goes over the wire
 */
export async function readPayment(inquiry: Inquiry, id: string, sent: Params): Promise<PaymentState> {
	const outcome = await ask(inquiry, `${PAYMENT_INTENTS}/${encodeURIComponent(id)}`);
	const isDeleted = outcome.code === 'resource_missing' && inquiry.connection.mode === 'test';
	if (isDeleted) return { kind: 'cancelled' };
	if (outcome.kind !== 'succeeded') return { kind: 'not_answered', reason: gapOf(outcome).why };
	return stateOf(outcome, sent);
}

function stateOf(outcome: Outcome, sent: Params): PaymentState {
	const intent: StripeObject = outcome.body ?? {};
	const status = String(intent.status);
	if (status === 'canceled') return { kind: 'cancelled' };
	if (status === 'processing') return { kind: 'processing' };
	const differences = differencesFromPayment(intent, sent);
	if (OPEN.has(status)) return { kind: 'open', differences };
	if (PAID.has(status)) return { kind: 'paid', outcome: { ...outcome, kind: 'succeeded' }, differences };
	return { kind: 'not_answered', reason: `Its status is ${status}, which this version does not know` };
}

/** How a payment is cancelled. */
export interface Cancelling extends RetryPolicy {
	idempotencyKey: string;
	/** ms since the epoch: when the claim ends. */
	leaseUntil: number;
	apiVersion?: string;
}

/**
 * Cancels a payment, so that it makes no charge any more. It is read first: money that is authorized is not given back. A
 * refusal is followed by another look, and what that shows decides.
 */
export async function cancelPayment(
	inquiry: Inquiry,
	id: string,
	sent: Params,
	cancelling: Cancelling,
): Promise<PaymentState> {
	const seen = await readPayment(inquiry, id, sent);
	if (seen.kind !== 'open') return seen;
	const { connection, stripeAccount, timeoutMs, time, signal } = inquiry;
	const { idempotencyKey, leaseUntil, apiVersion } = cancelling;
	const send = () =>
		sendOnce(connection, {
			...({
				method: 'POST',
				path: `${PAYMENT_INTENTS}/${encodeURIComponent(id)}/cancel`,
				params: {},
			} as const),
			...{ stripeAccount, timeoutMs, apiVersion, idempotencyKey },
		});
	const outcomes = await sendUntilKnown(send, cancelling, leaseUntil, time, signal);
	const last = outcomes.at(-1);
	if (last?.kind === 'succeeded') return stateOf(last, sent);
	if (last?.kind !== 'rejected')
		return { kind: 'not_answered', reason: last?.message ?? 'There was no time' };
	const after = await readPayment(inquiry, id, sent);
	return after.kind === 'open'
		? { kind: 'not_answered', reason: `Stripe refused to cancel it: ${last.message ?? ''}` }
		: after;
}
