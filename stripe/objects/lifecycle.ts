import type { Entry, Outcome } from '../../ledger/model/entry';
import type { Params } from '../../ledger/model/request';
import type { StripeObject } from './stripeObject';
import { asText, readReference } from './stripeObject';

/** What the status of an object says of the money (docs.stripe.com/payments/paymentintents/lifecycle). */

/** It was created, but the charge that was asked for with it did not happen. */
const NOT_CONFIRMED = new Set(['requires_payment_method', 'requires_confirmation', 'canceled']);

/** Money that was to go out, and has come back. */
const RETURNED = new Set(['failed', 'canceled']);

/** Of an object, and of the parameters of the request for the action, in wire form. */
type Shows = (object: StripeObject, params: Params) => boolean;

/** How an object shows what was done to it. */
interface ActionRule {
	/** It was done, whatever has come after it. */
	isDone: Shows;
	/** It stands as it was to, where something else may have come after it. */
	isTarget?: Shows;
	/** It was done, but not as it is asked for now. */
	isOtherwise?: Shows;
	/** The states in which it will never be done any more. */
	isOver?: Shows;
}

const inStatus =
	(...statuses: readonly string[]): Shows =>
	({ status }) =>
		statuses.includes(String(status));

/** The states that prove an action on an object, by its kind and the action: for every question of that kind the one table. */
const ACTION_RULES: ReadonlyMap<string, ActionRule> = new Map<string, ActionRule>([
	[
		'charge.capture',
		{
			isDone: ({ captured }) => captured === true,
			isOtherwise: isCapturedOtherwise,
			isOver: ({ refunded, captured }) => refunded === true && captured !== true,
		},
	],
	['payment_intent.confirm', { isDone: inStatus('succeeded', 'processing', 'requires_capture') }],
	[
		'payment_intent.capture',
		{ isDone: inStatus('succeeded'), isOtherwise: isCapturedOtherwise, isOver: inStatus('canceled') },
	],
	['payment_intent.cancel', { isDone: inStatus('canceled'), isOver: inStatus('succeeded') }],
	[
		'payment_intent.increment_authorization',
		{
			isDone: ({ amount }, params) => String(amount) === params.amount,
			isOver: inStatus('succeeded', 'canceled'),
		},
	],
	['setup_intent.confirm', { isDone: inStatus('succeeded', 'processing') }],
	['setup_intent.cancel', { isDone: inStatus('canceled'), isOver: inStatus('succeeded') }],
	['refund.cancel', { isDone: inStatus('canceled'), isOver: inStatus('succeeded', 'failed') }],
	['subscription.pause', { isDone: inStatus('paused') }],
	['subscription.resume', { isDone: inStatus('active') }],
	['subscription.delete', { isDone: inStatus('canceled'), isOver: inStatus('incomplete_expired') }],
	['invoice.pay', { isDone: inStatus('paid'), isOtherwise: isPaidOtherwise, isOver: inStatus('void') }],
	[
		'invoice.finalize',
		{
			isDone: inStatus('open', 'paid', 'uncollectible', 'void'),
			isTarget: inStatus('open', 'paid'),
			isOver: inStatus('uncollectible', 'void'),
		},
	],
	['invoice.void', { isDone: inStatus('void'), isOver: inStatus('paid') }],
	['invoice.mark_uncollectible', { isDone: inStatus('uncollectible') }],
	['credit_note.void', { isDone: inStatus('void') }],
	[
		'subscription_schedule.cancel',
		{ isDone: inStatus('canceled'), isOver: inStatus('released', 'completed') },
	],
	[
		'subscription_schedule.release',
		{ isDone: inStatus('released'), isOver: inStatus('canceled', 'completed') },
	],
	[
		'billing.credit_grant.expire',
		{
			// One that runs out by itself is not changed by that.
			isDone: ({ expires_at: at, updated }) => typeof at === 'number' && at <= Number(updated),
			isOver: ({ voided_at: at }) => typeof at === 'number',
		},
	],
	['billing.credit_grant.void', { isDone: ({ voided_at: at }) => typeof at === 'number' }],
	['billing.meter.deactivate', { isDone: inStatus('inactive') }],
	['billing.meter.reactivate', { isDone: inStatus('active') }],
	['payout.cancel', { isDone: inStatus('canceled'), isOver: inStatus('paid', 'failed') }],
	[
		'payout.reverse',
		{
			isDone: ({ reversed_by: by }) => by !== null && by !== undefined,
			isOver: inStatus('canceled', 'failed'),
		},
	],
	['topup.cancel', { isDone: inStatus('canceled'), isOver: inStatus('succeeded', 'failed', 'reversed') }],
	['dispute.close', { isDone: inStatus('lost'), isOver: inStatus('won', 'warning_closed', 'prevented') }],
	[
		'quote.finalize',
		{
			isDone: inStatus('open', 'accepted', 'canceled'),
			isTarget: inStatus('open', 'accepted'),
			isOver: inStatus('canceled'),
		},
	],
	['quote.accept', { isDone: inStatus('accepted'), isOver: inStatus('canceled') }],
	['quote.cancel', { isDone: inStatus('canceled'), isOver: inStatus('accepted') }],
	['checkout.session.expire', { isDone: inStatus('expired'), isOver: inStatus('complete') }],
	[
		'payment_method.attach',
		{
			isDone: ({ customer }, params) =>
				readReference(customer) === params.customer && params.customer !== undefined,
		},
	],
	['payment_method.detach', { isDone: ({ customer }) => customer === null }],
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
export function confirmsAction(object: StripeObject, action: string, params: Params = {}): boolean {
	return findActionRule(object, action)?.isDone(object, params) ?? false;
}

/** Money was captured, but by somebody who asked for less or more of it. */
export function isOtherCapture(object: StripeObject, params: Params): boolean {
	const [requested, collected] = readCapture(object, params);
	return isNamed(requested) && requested !== String(collected);
}

/** Also where all of it is asked for, and a part was captured. */
function isCapturedOtherwise(object: StripeObject, params: Params): boolean {
	const [requested, collected] = readCapture(object, params);
	return isNamed(requested) ? requested !== String(collected) : Number(collected) < Number(object.amount);
}

function readCapture(object: StripeObject, params: Params): [requested: unknown, collected: unknown] {
	return object.object === 'charge'
		? [params.amount, object.amount_captured]
		: [params.amount_to_capture, object.amount_received];
}

function isNamed(amount: unknown): boolean {
	return amount !== undefined && amount !== '';
}

/** Outside of Stripe instead of in it, or the other way round (docs.stripe.com/api/invoices/object). */
function isPaidOtherwise(
	{ amount_paid: paid, amount_paid_off_stripe: outside }: StripeObject,
	params: Params,
): boolean {
	if (typeof outside !== 'number') return false;
	return params.paid_out_of_band === 'true' ? outside === 0 && Number(paid) > 0 : outside > 0;
}

/** Whether an action leaves something on an object by which it is known. */
export function isShownByObject(object: StripeObject, action: string): boolean {
	return findActionRule(object, action) !== undefined;
}

/** How an object stands to what nothing can undo on it. */
export type TargetState =
	/** In the state that is asked for, and in the way in which it is. */
	| 'as_asked'
	/** In that state in another way, or in another one that is final. */
	| 'otherwise'
	| 'open';

/** @param action the last part of the path; `delete` for a DELETE */
export function determineTargetState(object: StripeObject, action: string, params: Params): TargetState {
	if (action === 'delete' && object.deleted === true) return 'as_asked';
	if (object.deleted === true) return 'otherwise';
	const rule = findActionRule(object, action);
	if (!rule) return 'open';
	const { isDone, isTarget = isDone, isOtherwise, isOver } = rule;
	if (isTarget(object, params)) return isOtherwise?.(object, params) ? 'otherwise' : 'as_asked';
	return isOver?.(object, params) ? 'otherwise' : 'open';
}

function findActionRule({ object }: StripeObject, action: string): ActionRule | undefined {
	return ACTION_RULES.get(`${String(object)}.${action}`);
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
	const outcome: Outcome & { kind: 'rejected' } = {
		kind: 'rejected',
		statusCode: 402,
		type: 'card_error',
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
