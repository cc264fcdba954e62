import { declined, declinedBody, unexpectedState } from '../errors';
import { getOwn } from '../form';
import type { PaymentIntent, PaymentIntentStatus } from '../objects';
import type { Call, RouteResult } from '../route';
import { addCharge, askBank, finishCharge, type BankPayment } from './charging';

/** The only place where a payment intent takes money, or fails to. */
export function payIntent(call: Call, intent: PaymentIntent): RouteResult {
	const method = payableWith(call, intent);
	intent.payment_method = method;
	intent.next_action = null;
	const payment = {
		amount: intent.amount,
		currency: intent.currency,
		capture: intent.capture_method !== 'manual',
		customer: intent.customer,
		paymentIntent: intent.id,
		paymentMethod: method,
		description: intent.description,
		metadata: intent.metadata,
	};
	const outcome = askBank(call, method, intent.customer);

	if (outcome === 'approved') {
		const charge = addCharge(call, payment);
		intent.latest_charge = charge.id;
		intent.last_payment_error = null;
		if (payment.capture) return succeed(call, intent, intent.amount);
		intent.amount_capturable = intent.amount;
		return moveTo(call, intent, 'requires_capture', 'payment_intent.amount_capturable_updated');
	}
	const present =
		getOwn(call.params, 'off_session') !== 'true' &&
		getOwn(call.params, 'error_on_requires_action') !== 'true';
	if (outcome === 'needs_authentication' && present) {
		intent.next_action = {
			type: 'redirect_to_url',
			redirect_to_url: {
				return_url: getOwn(call.params, 'return_url') ?? null,
				url: `https://hooks.stripe.com/3d_secure_2/${intent.id}`,
			},
		};
		return moveTo(call, intent, 'requires_action', 'payment_intent.requires_action');
	}

	if (typeof outcome === 'object' && 'processing' in outcome) {
		return debit(call, intent, payment, outcome.processing);
	}

	const declineCode = outcome === 'needs_authentication' ? 'authentication_required' : outcome.declineCode;
	const charge = addCharge(call, payment, declinedBody(declineCode));
	intent.latest_charge = charge.id;
	intent.payment_method = null;
	intent.last_payment_error = declinedBody(declineCode, { charge: charge.id });
	moveTo(call, intent, 'requires_payment_method', 'payment_intent.payment_failed');
	throw declined(declineCode, { charge: charge.id, payment_intent: structuredClone(intent) });
}

/**
 * The intent's own card, else its customer's default source. The default payment method of invoices does not
 * count (API reference, "Create a PaymentIntent", `payment_method`). Throws if there is nothing to pay with.
 */
export function payableWith(call: Call, intent: PaymentIntent): string {
	const customer = intent.customer === null ? undefined : call.world.customers.find(intent.customer);
	const source = typeof customer?.default_source === 'string' ? customer.default_source : undefined;
	const method = intent.payment_method ?? source;
	if (method === undefined) {
		throw unexpectedState(
			"You cannot confirm this PaymentIntent because it's missing a payment method. You can either update the PaymentIntent with a payment method and then confirm it again, or confirm it again directly with a payment method or ConfirmationToken.",
			'payment_intent_unexpected_state',
		);
	}
	return method;
}

/** The duration of a bank debit ("ACH Direct Debit": up to 4 business days). */
const DEBIT_MS = 4 * 86_400_000;

/** The bank answers days later; then Stripe itself completes the intent. */
function debit(
	call: Call,
	intent: PaymentIntent,
	payment: BankPayment,
	ends: 'succeeds' | 'fails',
): PaymentIntent {
	const charge = addCharge(call, { ...payment, capture: true }, undefined, { isPending: true });
	intent.latest_charge = charge.id;
	intent.last_payment_error = null;
	call.world.later(DEBIT_MS, () => {
		const byStripe: Call = { ...call, cause: { requestId: null, key: null } };
		if (ends === 'succeeds') {
			finishCharge(byStripe, charge);
			succeed(byStripe, intent, intent.amount);
			return;
		}
		const failure = declinedBody('insufficient_funds', { charge: charge.id });
		finishCharge(byStripe, charge, failure);
		Object.assign(intent, { payment_method: null, last_payment_error: failure });
		moveTo(byStripe, intent, 'requires_payment_method', 'payment_intent.payment_failed');
	});
	return moveTo(call, intent, 'processing', 'payment_intent.processing');
}

/** Records that the money was received. */
export function succeed(call: Call, intent: PaymentIntent, received: number): PaymentIntent {
	intent.amount_received = received;
	intent.amount_capturable = 0;
	return moveTo(call, intent, 'succeeded', 'payment_intent.succeeded');
}

/** Every change of status goes through this function, which emits an event. */
export function moveTo(
	call: Call,
	intent: PaymentIntent,
	status: PaymentIntentStatus,
	event: string,
): PaymentIntent {
	intent.status = status;
	call.world.paymentIntents.save(intent);
	call.world.record(event, intent, call.cause);
	return intent;
}
