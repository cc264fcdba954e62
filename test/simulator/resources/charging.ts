import type Stripe from 'stripe';

import { declined, declinedBody, type ErrorBody, invalid } from '../errors';
import { isDisputed, type CardOutcome } from '../cards';
import type { Charge } from '../objects';
import type { Call } from '../route';
import type { Shown } from '../sdkTypes';
import type { StripeState } from '../world';
import { addToBalance, feeOf } from './balance';
import { addDispute } from './disputes';

export interface BankPayment {
	amount: number;
	currency: string;
	capture: boolean;
	customer: string | null;
	paymentIntent: string | null;
	paymentMethod: string;
	description: string | null;
	metadata: Record<string, string>;
}

/** Returns the bank's answer for one payment. An injected decline overrides the card's outcome. */
export function askBank(call: Call, paymentMethod: string, customer: string | null): CardOutcome {
	if (call.declined) return { declineCode: 'insufficient_funds' };
	return call.cards.outcome(paymentMethod, customer);
}

/** Creates the charge of a payment, paid or failed, with its event. */
export function addCharge(
	call: Call,
	payment: BankPayment,
	failure?: ErrorBody,
	{ isPending = false } = {},
): Charge {
	const { world: state } = call;
	const id = state.newId('ch');
	const paid = failure === undefined;
	const captured = paid && payment.capture;
	const charge = {
		id,
		object: 'charge',
		amount: payment.amount,
		amount_captured: captured ? payment.amount : 0,
		amount_refunded: 0,
		application: null,
		application_fee: null,
		application_fee_amount: null,
		balance_transaction: captured && !isPending ? payIn(state, id, payment) : null,
		billing_details: { address: null, email: null, name: null, phone: null },
		calculated_statement_descriptor: 'SIMULATOR',
		captured,
		created: state.seconds(),
		currency: payment.currency,
		customer: payment.customer,
		description: payment.description,
		disputed: false,
		failure_balance_transaction: null,
		failure_code: failure?.code ?? null,
		failure_message: failure?.message ?? null,
		fraud_details: {},
		livemode: state.livemode,
		metadata: { ...payment.metadata },
		on_behalf_of: null,
		outcome: {
			advice_code: failure?.advice_code ?? null,
			network_advice_code: failure?.network_advice_code ?? null,
			network_decline_code: failure?.network_decline_code ?? null,
			network_status: paid ? 'approved_by_network' : 'declined_by_network',
			reason: failure?.decline_code ?? null,
			risk_level: 'normal',
			seller_message: paid ? 'Payment complete.' : 'The bank declined the payment.',
			type: paid ? 'authorized' : 'issuer_declined',
		},
		paid,
		payment_intent: payment.paymentIntent,
		payment_method: payment.paymentMethod,
		payment_method_details: {
			card: {
				brand: 'visa',
				country: 'US',
				exp_month: 12,
				exp_year: 2034,
				funding: 'credit',
				last4: '4242',
			},
			type: 'card',
		},
		receipt_email: null,
		receipt_number: null,
		receipt_url: paid ? `https://pay.stripe.com/receipts/${id}` : null,
		refunded: false,
		review: null,
		shipping: null,
		source: null,
		source_transfer: null,
		statement_descriptor: null,
		statement_descriptor_suffix: null,
		status: isPending ? 'pending' : paid ? 'succeeded' : 'failed',
		transfer_data: null,
		transfer_group: null,
	} satisfies Shown<Stripe.Charge, Charge>;
	state.charges.save(charge);
	state.record(`charge.${charge.status}`, charge, call.cause);
	if (captured && isDisputed(payment.paymentMethod)) state.later(0, () => addDispute(state, charge));
	return charge;
}

/** Adds the payment to the balance, minus Stripe's fee. */
function payIn(
	state: StripeState,
	source: string,
	{ amount, currency }: Pick<BankPayment, 'amount' | 'currency'>,
): string {
	return addToBalance(state, { type: 'charge', amount, currency, source, fee: feeOf(amount) });
}

/** Applies the bank's final decision to a pending charge. */
export function finishCharge(call: Call, charge: Charge, failure?: ErrorBody): void {
	const { world: state } = call;
	const isPaid = failure === undefined;
	Object.assign(charge, {
		status: isPaid ? 'succeeded' : 'failed',
		paid: isPaid,
		failure_code: failure?.code ?? null,
		failure_message: failure?.message ?? null,
		...(isPaid
			? { balance_transaction: payIn(state, charge.id, charge) }
			: { captured: false, amount_captured: 0 }),
	});
	state.charges.save(charge);
	state.record(`charge.${charge.status}`, charge, call.cause);
}

/** Captures all or part of an authorised charge. */
export function captureCharge(call: Call, charge: Charge, amount: number): void {
	charge.captured = true;
	charge.amount_captured = amount;
	charge.balance_transaction = payIn(call.world, charge.id, { amount, currency: charge.currency });
	call.world.charges.save(charge);
	call.world.record('charge.captured', charge, call.cause);
}

/** A charge without a payment intent. Throws Stripe's 402 if the bank refuses; the failed charge remains. */
export function chargeDirectly(call: Call, payment: BankPayment): Charge {
	const outcome = askBank(call, payment.paymentMethod, payment.customer);
	if (outcome === 'approved') return addCharge(call, payment);
	if (typeof outcome === 'object' && 'processing' in outcome) {
		throw invalid('source', 'A bank account is charged by a PaymentIntent.');
	}
	const declineCode = outcome === 'needs_authentication' ? 'authentication_required' : outcome.declineCode;
	const charge = addCharge(call, payment, declinedBody(declineCode));
	throw declined(declineCode, { charge: charge.id });
}
