import type { Entry, Outcome } from '../../ledger/model/entry';
import type { StripeObject } from './stripeObject';
import { asText } from './stripeObject';

/** What the status of an object says of the money (docs.stripe.com/payments/paymentintents/lifecycle). */

/** It was created, but the charge that was asked for with it did not happen. */
const NOT_CONFIRMED = new Set(['requires_payment_method', 'requires_confirmation', 'canceled']);

/** Money that was to go out, and has come back. */
const RETURNED = new Set(['failed', 'canceled']);

/** The states that prove an action on an object, by its kind and the action. */
const CONFIRMING_STATES: ReadonlyMap<string, readonly string[]> = new Map([
	['payment_intent.confirm', ['succeeded', 'processing', 'requires_capture']],
	['payment_intent.capture', ['succeeded']],
	['payment_intent.cancel', ['canceled']],
	['setup_intent.confirm', ['succeeded', 'processing']],
	['setup_intent.cancel', ['canceled']],
	['invoice.pay', ['paid']],
	['invoice.finalize', ['open', 'paid', 'uncollectible', 'void']],
	['invoice.void', ['void']],
	['invoice.mark_uncollectible', ['uncollectible']],
	['payout.cancel', ['canceled']],
]);

/** What became of a request, as far as the object that it created shows. */
export type Effect =
	| { kind: 'executed' }
	/** The card was declined: what Stripe's lost answer said. */
	| { kind: 'declined'; outcome: Outcome & { kind: 'rejected' } }
	/** It is there, and not what was asked for. */
	| { kind: 'unclear'; reason: string };

/** Whether a charge did not happen, or money that was to go out has come back. */
export function hasFailed({ status }: StripeObject): boolean {
	return RETURNED.has(String(status));
}

/**
 * Whether an object took effect as the request that created it asked for. Its mere existence proves nothing where a payment
 * was to be made at once: a declined card leaves the payment intent behind. A decline is told only where the object itself
 * shows it; what else may have kept it from taking effect, or have undone it since, is for a person to judge.
 */
export function determineEffect(object: StripeObject, { paramsStored, request }: Entry): Effect {
	const { status } = object;
	if (object.deleted === true) return toUnclear(object, 'was created, and has been deleted since');
	switch (object.object) {
		case 'payment_intent':
		case 'setup_intent':
			// One that was not to be confirmed at once is all that was asked for, whatever became of it.
			if (paramsStored && request.params.confirm !== 'true') return EXECUTED;
			if (!NOT_CONFIRMED.has(String(status))) return EXECUTED;
			return (paramsStored ? readDecline(object) : undefined) ?? toUnclearStatus(object);
		case 'charge':
			return status === 'failed' ? toChargeDecline(object) : EXECUTED;
		case 'refund':
		case 'payout':
		case 'topup':
			return hasFailed(object) ? toUnclearStatus(object) : EXECUTED;
		default:
			return EXECUTED;
	}
}

const EXECUTED: Effect = { kind: 'executed' };

/** Whether the object's state shows that it was confirmed, captured, canceled … */
export function confirmsAction({ object, status, captured }: StripeObject, action: string): boolean {
	if (object === 'charge') return action === 'capture' && captured === true;
	return CONFIRMING_STATES.get(`${String(object)}.${action}`)?.includes(String(status)) ?? false;
}

/**
 * The decline that an intent shows. `last_payment_error` is that of its last confirmation, and is cleared by any later
 * change (docs.stripe.com/api/payment_intents/object). Errors of other types need not come from a bank.
 */
export function readDecline(intent: StripeObject): Effect | undefined {
	const { last_payment_error, last_setup_error, status } = intent;
	const error = asRecord(last_payment_error ?? last_setup_error);
	if (status !== 'requires_payment_method' || error?.type !== 'card_error') return undefined;
	return toDecline(intent, {
		code: error.code,
		declineCode: error.decline_code,
		adviceCode: error.advice_code,
		message: error.message,
	});
}

function toChargeDecline(charge: StripeObject): Effect {
	const { failure_code, failure_message, outcome } = charge;
	const { reason: declineCode, advice_code: adviceCode } = asRecord(outcome) ?? {};
	return toDecline(charge, { code: failure_code, declineCode, adviceCode, message: failure_message });
}

/** As a decline is answered (docs.stripe.com/declines): 402, `card_error`, and the object that it left behind. */
function toDecline(
	{ id }: StripeObject,
	told: Record<'code' | 'declineCode' | 'adviceCode' | 'message', unknown>,
): Effect {
	const { code, declineCode, adviceCode, message } = told;
	const outcome = {
		...({ kind: 'rejected', statusCode: 402, type: 'card_error' } as const),
		objectId: asText(id),
		code: asText(code),
		declineCode: asText(declineCode),
		adviceCode: asText(adviceCode),
		message: asText(message),
	};
	return { kind: 'declined', outcome };
}

function toUnclearStatus(object: StripeObject): Effect {
	return toUnclear(object, `was created, but its status is ${String(object.status)}`);
}

function toUnclear({ id }: StripeObject, problem: string): Effect {
	return { kind: 'unclear', reason: `${String(id)} ${problem}` };
}

function asRecord(value: unknown): StripeObject | undefined {
	return typeof value === 'object' && value !== null ? (value as StripeObject) : undefined;
}
