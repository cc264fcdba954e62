import type Stripe from 'stripe';

import { checkPaymentMethod, methodFromData } from '../cards';
import { invalid, type StripeError, noSuch, unexpectedState } from '../errors';
import { getOwn, type ParamMap } from '../form';
import { listing } from '../lists';
import type { PaymentIntent, PaymentIntentStatus } from '../objects';
import * as given from '../parameters';
import {
	ALWAYS_ALLOWED,
	LIST_PARAMETERS,
	SEARCH_PARAMETERS,
	type Call,
	type RouteResult,
	type Route,
} from '../route';
import type { ParameterNames } from '../sdkTypes';
import { searching } from '../search';
import { captureCharge } from './charging';
import { automaticMethods, needsReturnUrl, refuseWithoutConfirm } from './intentRules';
import { newPaymentIntent } from './newPaymentIntent';
import { moveTo, payIntent, payableWith, succeed } from './payingIntent';
import { CAPTURE, CONFIRM, CREATE, DESCRIPTIVE, INCREMENT, PAYING, UPDATE } from './paymentIntentParameters';

const CANCELLATION_REASONS: readonly Stripe.PaymentIntentCancelParams.CancellationReason[] = [
	'duplicate',
	'fraudulent',
	'requested_by_customer',
	'abandoned',
];
const CAPTURE_METHODS: readonly Stripe.PaymentIntentCreateParams.CaptureMethod[] = [
	'automatic',
	'automatic_async',
	'manual',
];
const CONFIRMABLE: readonly PaymentIntentStatus[] = [
	'requires_payment_method',
	'requires_confirmation',
	'requires_action',
];
const CANCELABLE: readonly PaymentIntentStatus[] = [...CONFIRMABLE, 'requires_capture'];

const PATH = '/v1/payment_intents';

export const paymentIntentRoutes: readonly Route[] = [
	{
		method: 'POST',
		path: PATH,
		parameters: CREATE,
		asksForMoney: (params) => getOwn(params, 'confirm') === 'true',
		prepare: create,
	},
	{
		method: 'GET',
		path: PATH,
		parameters: [...LIST_PARAMETERS, 'customer'] satisfies ParameterNames<Stripe.PaymentIntentListParams>,
		prepare: (call) => {
			const customer = given.readText(call.params, 'customer');
			return listing(
				call,
				call.world.paymentIntents,
				(intent) => (customer ?? intent.customer) === intent.customer,
			);
		},
	},
	{
		method: 'GET',
		path: `${PATH}/search`,
		parameters: SEARCH_PARAMETERS,
		prepare: (call) =>
			searching(call, call.world.paymentIntents, ['amount', 'currency', 'customer', 'status']),
	},
	{
		method: 'GET',
		path: `${PATH}/:id`,
		parameters: [
			'client_secret',
			...ALWAYS_ALLOWED,
		] satisfies ParameterNames<Stripe.PaymentIntentRetrieveParams>,
		prepare: (call) => {
			const intent = found(call);
			return () => intent;
		},
	},
	{ method: 'POST', path: `${PATH}/:id`, parameters: UPDATE, prepare: update },
	{
		method: 'POST',
		path: `${PATH}/:id/confirm`,
		parameters: CONFIRM,
		asksForMoney: () => true,
		prepare: confirm,
	},
	{
		method: 'POST',
		path: `${PATH}/:id/increment_authorization`,
		parameters: INCREMENT,
		prepare: increment,
	},
	{ method: 'POST', path: `${PATH}/:id/capture`, parameters: CAPTURE, prepare: capture },
	{
		method: 'POST',
		path: `${PATH}/:id/cancel`,
		parameters: [
			'cancellation_reason',
			...ALWAYS_ALLOWED,
		] satisfies ParameterNames<Stripe.PaymentIntentCancelParams>,
		prepare: cancel,
	},
];

function create(call: Call): () => RouteResult {
	const { params, world: state } = call;
	const { amount, currency } = given.requireMoney(params);
	const captureMethod = given.readChoice(params, 'capture_method', CAPTURE_METHODS);
	const confirmationMethod = given.readChoice(params, 'confirmation_method', ['automatic', 'manual']);
	const description = given.readText(params, 'description') ?? null;
	const metadata = given.mergeMetadata({}, given.readMetadata(params));
	const automatic = automaticMethods(params);
	const types = given.readList(params, 'payment_method_types');
	const allowedTypes = given.readList(params, 'allowed_payment_method_types');
	const confirmNow = given.readFlag(params, 'confirm') ?? false;
	refuseWithoutConfirm(params);
	if (confirmNow) needsReturnUrl(params, { automatic_payment_methods: automatic });

	return () => {
		const customer = existingCustomer(call);
		const method = namedMethod(params);
		const intent = newPaymentIntent(state, {
			amount,
			currency,
			customer,
			paymentMethod: method ?? null,
			captureMethod,
			confirmationMethod,
			description,
			metadata,
			automatic,
			allowedTypes,
			types,
			params,
		});
		if (confirmNow) payableWith(call, intent);
		state.paymentIntents.save(intent);
		state.record('payment_intent.created', intent, call.cause);
		return confirmNow ? payIntent(call, intent) : intent;
	};
}

function confirm(call: Call): () => RouteResult {
	const intent = found(call);
	const toConfirm = given.readAmount(call.params, 'amount_to_confirm', intent.currency);
	return () => {
		if (intent.status === 'succeeded' || intent.status === 'requires_capture') {
			throw wrongStatus(
				intent,
				'You cannot confirm this PaymentIntent because it has already succeeded after being previously confirmed.',
			);
		}
		if (!CONFIRMABLE.includes(intent.status))
			throw wrongStatus(intent, refusal('confirm', intent, CONFIRMABLE));
		needsReturnUrl(call.params, intent);
		const method = namedMethod(call.params);
		if (method !== undefined) intent.payment_method = method;
		if (toConfirm !== undefined) intent.amount = toConfirm;
		payableWith(call, intent);
		return payIntent(call, intent);
	};
}

function capture(call: Call): () => RouteResult {
	const intent = found(call);
	const toCapture = given.readAmount(call.params, 'amount_to_capture', intent.currency);
	const metadata = given.readMetadata(call.params);
	return () => {
		if (intent.status !== 'requires_capture') {
			throw wrongStatus(
				intent,
				`This PaymentIntent could not be captured because it has a status of ${intent.status}. Only a PaymentIntent with one of the following statuses may be captured: requires_capture.`,
			);
		}
		const amount = toCapture ?? intent.amount_capturable;
		if (amount > intent.amount_capturable) {
			const message = `The amount provided (${amount}) is greater than the amount capturable (${intent.amount_capturable}).`;
			throw unexpectedState(message, 'amount_too_large', { param: 'amount_to_capture' });
		}
		const charge =
			intent.latest_charge === null ? undefined : call.world.charges.find(intent.latest_charge);
		if (charge) captureCharge(call, charge, amount);
		intent.metadata = given.mergeMetadata(intent.metadata, metadata);
		return succeed(call, intent, amount);
	};
}

/**
 * Increases the total, which has to be higher than before
 * (docs.stripe.com/api/payment_intents/increment_authorization).
 */
function increment(call: Call): () => RouteResult {
	const intent = found(call);
	const { currency } = intent;
	const amount = given.readAmount({ amount: given.requireText(call.params, 'amount') }, 'amount', currency);
	const metadata = given.readMetadata(call.params);
	return () => {
		if (intent.status !== 'requires_capture')
			throw wrongStatus(intent, refusal('increment', intent, ['requires_capture']));
		if (amount === undefined || amount <= intent.amount)
			throw invalid('amount', 'The amount must be greater than the currently authorized amount.');
		Object.assign(intent, { amount, amount_capturable: amount });
		intent.metadata = given.mergeMetadata(intent.metadata, metadata);
		const charge =
			intent.latest_charge === null ? undefined : call.world.charges.find(intent.latest_charge);
		if (charge) call.world.charges.save(Object.assign(charge, { amount }));
		return moveTo(call, intent, 'requires_capture', 'payment_intent.amount_capturable_updated');
	};
}

function cancel(call: Call): () => RouteResult {
	const intent = found(call);
	const reason = given.readChoice(call.params, 'cancellation_reason', CANCELLATION_REASONS) ?? null;
	return () => {
		if (!CANCELABLE.includes(intent.status))
			throw wrongStatus(intent, refusal('cancel', intent, CANCELABLE));
		const charge =
			intent.latest_charge === null ? undefined : call.world.charges.find(intent.latest_charge);
		if (charge?.status === 'succeeded') {
			charge.refunded = true;
			charge.amount_refunded = charge.amount;
			call.world.charges.save(charge);
		}
		intent.amount_capturable = 0;
		intent.canceled_at = call.world.seconds();
		intent.cancellation_reason = reason;
		return moveTo(call, intent, 'canceled', 'payment_intent.canceled');
	};
}

/** Descriptive fields may change at any time; the amount only before the payment. */
function update(call: Call): () => RouteResult {
	const { params, world: state } = call;
	const intent = found(call);
	const currency = given.readCurrency(params) ?? intent.currency;
	const amount = given.readAmount(params, 'amount', currency) ?? intent.amount;
	const captureMethod =
		given.readChoice(params, 'capture_method', CAPTURE_METHODS) ?? intent.capture_method;
	const metadata = given.readMetadata(params);
	const money = ['amount', 'currency', 'customer', 'transfer_data', ...PAYING].filter(
		(name) => getOwn(params, name) !== undefined,
	);
	return () => {
		if (money.length > 0 && !CONFIRMABLE.includes(intent.status)) {
			const message = `This PaymentIntent's ${money[0] ?? ''} could not be updated because it has a status of ${intent.status}.`;
			throw wrongStatus(intent, message);
		}
		intent.customer = existingCustomer(call) ?? intent.customer;
		const method = namedMethod(params);
		if (method !== undefined) {
			intent.payment_method = method;
			intent.status = 'requires_confirmation';
		}
		Object.assign(intent, { amount, currency, capture_method: captureMethod });
		for (const name of DESCRIPTIVE) {
			const value = getOwn(params, name);
			if (name !== 'metadata' && value !== undefined)
				Object.assign(intent, { [name]: value === '' ? null : value });
		}
		intent.metadata = given.mergeMetadata(intent.metadata, metadata);
		return state.paymentIntents.save(intent);
	};
}

function found(call: Call): PaymentIntent {
	const id = call.at.id ?? '';
	const intent = call.world.paymentIntents.find(id);
	if (intent === undefined) throw noSuch('payment_intent', id, 'intent');
	return intent;
}

function existingCustomer(call: Call): string | null {
	const id = given.readText(call.params, 'customer');
	if (id === undefined) return null;
	const customer = call.world.customers.find(id);
	if (customer === undefined || customer.deleted) throw noSuch('customer', id, 'customer', 400);
	return id;
}

function namedMethod(params: ParamMap): string | undefined {
	const named = given.readText(params, 'payment_method');
	if (named !== undefined) checkPaymentMethod(named);
	const token = given.readText(params, 'confirmation_token');
	return (
		named ?? methodFromData(given.readHash(params, 'payment_method_data')) ?? (token && 'pm_card_visa')
	);
}

function refusal(verb: string, intent: PaymentIntent, allowed: readonly PaymentIntentStatus[]): string {
	return `You cannot ${verb} this PaymentIntent because it has a status of ${intent.status}. Only a PaymentIntent with one of the following statuses may be ${verb}ed: ${allowed.join(', ')}.`;
}

function wrongStatus(intent: PaymentIntent, message: string): StripeError {
	return unexpectedState(message, 'payment_intent_unexpected_state', {
		payment_intent: structuredClone(intent),
	});
}
