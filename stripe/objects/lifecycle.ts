import type { Entry, Outcome } from '../../ledger/model/entry';
import type { Params } from '../../ledger/model/request';
import type { StripeObject } from './stripeObject';
import { asText, readReference } from './stripeObject';

/**
 * The statuses in which the payment of a created object was made or is in progress, by its kind
 * (docs.stripe.com/payments/paymentintents/lifecycle). A status that is not listed, because it was added later or belongs to
 * another API version, proves nothing.
 */
const IN_EFFECT: ReadonlyMap<string, ReadonlySet<string>> = new Map([
	['payment_intent', new Set(['succeeded', 'processing', 'requires_action', 'requires_capture'])],
	['setup_intent', new Set(['succeeded', 'processing', 'requires_action'])],
	['charge', new Set(['succeeded', 'pending'])],
	['refund', new Set(['succeeded', 'pending', 'requires_action'])],
	['payout', new Set(['paid', 'pending', 'in_transit'])],
	['topup', new Set(['succeeded', 'pending', 'reversed'])],
]);

/** Takes an object and the parameters of the action's request, in wire form. */
type Shows = (object: StripeObject, params: Params) => boolean;

/** How an object shows the result of an action. */
interface ActionRule {
	/** The action was executed, whatever happened afterwards. */
	isDone: Shows;
	/** The object is in the requested state, but another action may have brought it there. */
	isTarget?: Shows;
	/** The action was executed, but not as requested now. */
	isOtherwise?: Shows;
	/** The object is in a state in which the action can never be executed again. */
	isOver?: Shows;
}

const inStatus =
	(...statuses: readonly string[]): Shows =>
	({ status }) =>
		statuses.includes(String(status));

/** The states that prove an action on an object, by kind of object and action. All checks of this kind use this table. */
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
	// Only a draft can be deleted.
	['invoice.delete', { isDone: () => false, isOver: inStatus('open', 'paid', 'uncollectible', 'void') }],
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
			// Reaching its expiry date does not update a credit grant.
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

/** The effect of a request, as far as the created object shows it. */
export type Effect =
	| { kind: 'executed' }
	/** The payment was declined. The outcome is the response that was lost. */
	| { kind: 'declined'; outcome: Outcome & { kind: 'rejected' } }
	/** The object exists, but not as requested. */
	| { kind: 'unclear'; reason: string };

/** Returns whether the payment of a created object was made or is in progress. Objects of other kinds are complete. */
export function isInEffect({ object, status }: StripeObject): boolean {
	return IN_EFFECT.get(String(object))?.has(String(status)) ?? true;
}

/**
 * Determines whether an object took effect as its request asked. Existence alone proves nothing if a payment was to be made at
 * once: a declined card leaves a PaymentIntent behind. A decline is reported only if the object itself shows it. Any other
 * reason, or a later reversal, has to be judged by a person.
 */
export function determineEffect(object: StripeObject, { paramsStored, request }: Entry): Effect {
	if (object.deleted === true) return toUnclear(object, 'was created, and has been deleted since');
	const isIntent = object.object === 'payment_intent' || object.object === 'setup_intent';
	// An intent that was not to be confirmed at once is complete, whatever happened to it later.
	if (isInEffect(object) || (isIntent && paramsStored && request.params.confirm !== 'true'))
		return EXECUTED;
	if (object.object === 'charge' && object.status === 'failed') return toChargeDecline(object);
	return (isIntent && paramsStored ? readDecline(object) : undefined) ?? toUnclearStatus(object);
}

const EXECUTED: Effect = { kind: 'executed' };

/** Returns whether the state of the object shows that it was confirmed, captured, cancelled, and so on. */
export function confirmsAction(object: StripeObject, action: string, params: Params = {}): boolean {
	return findActionRule(object, action)?.isDone(object, params) ?? false;
}

/** Returns whether the object was captured with a different amount than requested. */
export function isOtherCapture(object: StripeObject, params: Params): boolean {
	const [requested, collected] = readCapture(object, params);
	return isNamed(requested) && requested !== String(collected);
}

/** Includes a partial capture if the full amount is requested. */
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

/** The invoice was paid outside Stripe instead of through it, or the other way round (docs.stripe.com/api/invoices/object). */
function isPaidOtherwise(
	{ amount_paid: paid, amount_paid_off_stripe: outside }: StripeObject,
	params: Params,
): boolean {
	if (typeof outside !== 'number') return false;
	return params.paid_out_of_band === 'true' ? outside === 0 && Number(paid) > 0 : outside > 0;
}

/** Returns whether an action changes the object in a way that identifies it. */
export function isShownByObject(object: StripeObject, action: string): boolean {
	return findActionRule(object, action) !== undefined;
}

/** The state of an object compared with an irreversible action. */
export type TargetState =
	/** The action was executed as requested. */
	| 'as_asked'
	/** The action was executed in another way, or the object is in another final state. */
	| 'otherwise'
	| 'open';

/** @param action the last segment of the path; `delete` for a DELETE */
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
 * Reads the decline from a PaymentIntent. `last_payment_error` belongs to its last confirmation, and any later change clears it
 * (docs.stripe.com/api/payment_intents/object). Other types of errors may not come from an issuer.
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

/**
 * Builds the outcome that Stripe's response to a decline has (docs.stripe.com/declines): 402, `card_error`, and the object it
 * created.
 */
function toDecline(
	{ id }: StripeObject,
	facts: Record<'code' | 'declineCode' | 'adviceCode' | 'message', unknown>,
): Effect {
	const { code, declineCode, adviceCode, message } = facts;
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
