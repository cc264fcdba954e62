import type Stripe from 'stripe';

import { refundOutcome } from '../cards';
import { invalid, noSuch, unexpectedState } from '../errors';
import { listing } from '../lists';
import type { Charge, Refund } from '../objects';
import * as given from '../parameters';
import { ALWAYS_ALLOWED, LIST_PARAMETERS, type Call, type RouteResult, type Route } from '../route';
import type { ParameterNames, Shown } from '../sdkTypes';
import { addToBalance } from './balance';

const CREATE = [
	'amount',
	'charge',
	'currency',
	'customer',
	'instructions_email',
	'metadata',
	'origin',
	'payment_intent',
	'reason',
	'refund_application_fee',
	'reverse_transfer',
	...ALWAYS_ALLOWED,
] as const satisfies ParameterNames<Stripe.RefundCreateParams>;
const REASONS = ['duplicate', 'fraudulent', 'requested_by_customer'];

export const refundRoutes: readonly Route[] = [
	{ method: 'POST', path: '/v1/refunds', parameters: CREATE, prepare: create },
	{
		method: 'GET',
		path: '/v1/refunds',
		parameters: [
			...LIST_PARAMETERS,
			'charge',
			'payment_intent',
		] satisfies ParameterNames<Stripe.RefundListParams>,
		prepare: (call) => {
			const charge = given.readText(call.params, 'charge');
			const intent = given.readText(call.params, 'payment_intent');
			return listing(
				call,
				call.world.refunds,
				(refund) =>
					(charge ?? refund.charge) === refund.charge &&
					(intent ?? refund.payment_intent) === refund.payment_intent,
			);
		},
	},
	{
		method: 'GET',
		path: '/v1/refunds/:id',
		parameters: ALWAYS_ALLOWED,
		prepare: (call) => {
			const refund = found(call);
			return () => refund;
		},
	},
	{
		method: 'POST',
		path: '/v1/refunds/:id',
		parameters: ['metadata', ...ALWAYS_ALLOWED] satisfies ParameterNames<Stripe.RefundUpdateParams>,
		prepare: update,
	},
	{ method: 'POST', path: '/v1/refunds/:id/cancel', parameters: ALWAYS_ALLOWED, prepare: cancel },
];

function create(call: Call): () => RouteResult {
	const { params } = call;
	const chargeId = given.readText(params, 'charge');
	const intentId = given.readText(params, 'payment_intent');
	if (chargeId === undefined && intentId === undefined) {
		const message =
			'One of the following params should be provided for this request: payment_intent or charge.';
		throw invalid('payment_intent', message, 'parameter_missing');
	}
	const wanted = given.readAmount(params, 'amount', undefined);
	const reason = given.readChoice(params, 'reason', REASONS) ?? null;
	const metadata = given.mergeMetadata({}, given.readMetadata(params));

	return () => {
		const charge = refundedCharge(call, chargeId, intentId);
		const remaining = charge.amount_captured - charge.amount_refunded;
		const amount = wanted ?? remaining;
		if (charge.refunded || remaining <= 0) {
			throw unexpectedState(
				`Charge ${charge.id} has already been refunded.`,
				'charge_already_refunded',
			);
		}
		if (amount > remaining) {
			const message = `Refund amount (${amount}) is greater than unrefunded amount on charge (${remaining}).`;
			throw unexpectedState(message, 'charge_already_refunded', { param: 'amount' });
		}
		const refund = refundCharge(call, charge, { amount, reason, metadata });
		// If Stripe cannot refund a customer directly, it needs an address to ask (API reference, "Create a refund",
		// `instructions_email`).
		const email = given.readText(params, 'instructions_email');
		return email === undefined
			? refund
			: call.world.refunds.save(
					Object.assign(refund, { status: 'requires_action', instructions_email: email }),
				);
	};
}

/** Refunds a charge, immediately or as the card's bank requires. */
export function refundCharge(
	call: Call,
	charge: Charge,
	wish: Pick<Refund, 'amount' | 'reason' | 'metadata'>,
): Refund {
	const { world: state } = call;
	charge.amount_refunded += wish.amount;
	charge.refunded = charge.amount_refunded === charge.amount_captured;
	state.charges.save(charge);
	const ends = refundOutcome(charge.payment_method);
	const refund = newRefund(call, charge, wish);
	refund.status = ends === 'later' ? 'pending' : 'succeeded';
	state.refunds.save(refund);
	state.record('refund.created', refund, call.cause);
	state.record('charge.refunded', charge, call.cause);
	if (ends !== 'at_once') state.later(REFUND_MS, () => finish(call, refund, charge, ends));
	return refund;
}

/** Some banks accept a refund days later, and some return it ("Testing", refunds). */
const REFUND_MS = 3 * 86_400_000;

function finish({ world: state }: Call, refund: Refund, charge: Charge, ends: 'later' | 'fails_later'): void {
	const isDone = ends === 'later';
	refund.status = isDone ? 'succeeded' : 'failed';
	if (!isDone) {
		charge.amount_refunded -= refund.amount;
		charge.refunded = false;
		state.charges.save(charge);
		const { amount, currency, id: source } = refund;
		addToBalance(state, { type: 'refund_failure', amount, currency, source });
	}
	state.refunds.save(refund);
	state.record(isDone ? 'refund.updated' : 'refund.failed', refund, { requestId: null, key: null });
}

function newRefund(
	{ world: state }: Call,
	charge: Charge,
	{ amount, reason, metadata }: Pick<Refund, 'amount' | 'reason' | 'metadata'>,
): Refund {
	const id = state.newId('re');
	const { currency } = charge;
	return {
		id,
		object: 'refund',
		amount,
		balance_transaction: addToBalance(state, { type: 'refund', amount: -amount, currency, source: id }),
		charge: charge.id,
		created: state.seconds(),
		currency,
		customer: charge.customer,
		customer_account: null,
		destination_details: { card: { type: 'refund' }, type: 'card' },
		instructions_email: null,
		metadata,
		payment_intent: charge.payment_intent,
		payment_method: charge.payment_method,
		reason,
		receipt_number: null,
		source_transfer_reversal: null,
		status: 'succeeded',
		transfer_reversal: null,
	} satisfies Shown<Stripe.Refund, Refund>;
}

function refundedCharge(call: Call, chargeId: string | undefined, intentId: string | undefined): Charge {
	const { world: state } = call;
	const intent = intentId === undefined ? undefined : state.paymentIntents.find(intentId);
	if (intentId !== undefined && intent === undefined) {
		throw noSuch('payment_intent', intentId, 'payment_intent', 400);
	}
	const id = chargeId ?? intent?.latest_charge ?? undefined;
	const charge = id === undefined ? undefined : state.charges.find(id);
	if (charge === undefined && chargeId !== undefined) throw noSuch('charge', chargeId, 'charge', 400);
	if (charge?.status !== 'succeeded' || !charge.captured) {
		const what = intent ? `PaymentIntent (${intent.id})` : `charge (${chargeId ?? ''})`;
		throw unexpectedState(
			`This ${what} does not have a successful charge to refund.`,
			'resource_missing',
		);
	}
	return charge;
}

function update(call: Call): () => RouteResult {
	const refund = found(call);
	const metadata = given.readMetadata(call.params);
	return () => {
		refund.metadata = given.mergeMetadata(refund.metadata, metadata);
		call.world.refunds.save(refund);
		call.world.record('refund.updated', refund, call.cause);
		return refund;
	};
}

/** Only refunds that wait for the customer can be canceled. */
function cancel(call: Call): () => RouteResult {
	const refund = found(call);
	return () => {
		if (refund.status !== 'requires_action') {
			const message = `This refund cannot be canceled because it has a status of ${refund.status}.`;
			throw unexpectedState(message, 'refund_unexpected_state');
		}
		refund.status = 'canceled';
		const charge = call.world.charges.find(refund.charge);
		if (charge) {
			charge.amount_refunded -= refund.amount;
			charge.refunded = false;
			call.world.charges.save(charge);
		}
		call.world.refunds.save(refund);
		call.world.record('refund.updated', refund, call.cause);
		return refund;
	};
}

function found(call: Call): Refund {
	const id = call.at.id ?? '';
	const refund = call.world.refunds.find(id);
	if (refund === undefined) throw noSuch('refund', id);
	return refund;
}
