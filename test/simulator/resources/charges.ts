import type Stripe from 'stripe';

import { defaultMethodOf, checkPaymentMethod } from '../cards';
import { invalid, noSuch, unexpectedState } from '../errors';
import { getOwn } from '../form';
import { listing } from '../lists';
import type { Charge } from '../objects';
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
import { captureCharge, chargeDirectly } from './charging';

const SEARCHABLE = [
	'amount',
	'currency',
	'customer',
	'disputed',
	'payment_intent',
	'payment_method_details.card.last4',
	'refunded',
	'status',
];

const CREATE = [
	'amount',
	'application_fee_amount',
	'capture',
	'currency',
	'customer',
	'description',
	'destination',
	'metadata',
	'on_behalf_of',
	'radar_options',
	'receipt_email',
	'shipping',
	'source',
	'statement_descriptor',
	'statement_descriptor_suffix',
	'transfer_data',
	'transfer_group',
	...ALWAYS_ALLOWED,
] as const satisfies ParameterNames<Stripe.ChargeCreateParams>;
const DESCRIPTIVE = [
	'description',
	'receipt_email',
	'shipping',
	'transfer_group',
	'fraud_details',
] as const satisfies ParameterNames<Stripe.ChargeUpdateParams>;
const UPDATE = [
	...DESCRIPTIVE,
	'customer',
	'metadata',
	...ALWAYS_ALLOWED,
] as const satisfies ParameterNames<Stripe.ChargeUpdateParams>;
const CAPTURE = [
	'amount',
	'application_fee_amount',
	'receipt_email',
	'statement_descriptor',
	'statement_descriptor_suffix',
	'transfer_data',
	'transfer_group',
	...ALWAYS_ALLOWED,
] as const satisfies ParameterNames<Stripe.ChargeCaptureParams>;

export const chargeRoutes: readonly Route[] = [
	{ method: 'POST', path: '/v1/charges', parameters: CREATE, asksForMoney: () => true, prepare: create },
	{
		method: 'GET',
		path: '/v1/charges',
		parameters: [
			...LIST_PARAMETERS,
			'customer',
			'payment_intent',
			'transfer_group',
		] satisfies ParameterNames<Stripe.ChargeListParams>,
		prepare: (call) => {
			const customer = given.readText(call.params, 'customer');
			const intent = given.readText(call.params, 'payment_intent');
			return listing(
				call,
				call.world.charges,
				(charge) =>
					(customer ?? charge.customer) === charge.customer &&
					(intent ?? charge.payment_intent) === charge.payment_intent,
			);
		},
	},
	{
		method: 'GET',
		path: '/v1/charges/search',
		parameters: SEARCH_PARAMETERS,
		prepare: (call) => searching(call, call.world.charges, SEARCHABLE),
	},
	{
		method: 'GET',
		path: '/v1/charges/:id',
		parameters: ALWAYS_ALLOWED,
		prepare: (call) => {
			const charge = found(call);
			return () => charge;
		},
	},
	{ method: 'POST', path: '/v1/charges/:id', parameters: UPDATE, prepare: update },
	{ method: 'POST', path: '/v1/charges/:id/capture', parameters: CAPTURE, prepare: capture },
];

/** The older way to charge, still in use: charges a token or a customer immediately. */
function create(call: Call): () => RouteResult {
	const { params, world: state } = call;
	const { amount, currency } = given.requireMoney(params);
	const source = given.readText(params, 'source');
	const customerId = given.readText(params, 'customer');
	const capture = given.readFlag(params, 'capture') ?? true;
	const description = given.readText(params, 'description') ?? null;
	const metadata = given.mergeMetadata({}, given.readMetadata(params));
	if (source === undefined && customerId === undefined) {
		throw invalid('source', 'Must provide source or customer.', 'parameter_missing');
	}
	return () => {
		const customer = customerId === undefined ? undefined : state.customers.find(customerId);
		if (customerId !== undefined && (customer === undefined || customer.deleted)) {
			throw noSuch('customer', customerId, 'customer', 400);
		}
		if (source !== undefined) checkPaymentMethod(source, 'source');
		const paymentMethod = source ?? (customer ? defaultMethodOf(customer) : 'pm_card_visa');
		return chargeDirectly(call, {
			amount,
			currency,
			capture,
			customer: customerId ?? null,
			paymentIntent: null,
			paymentMethod,
			description,
			metadata,
		});
	};
}

function update(call: Call): () => RouteResult {
	const charge = found(call);
	const metadata = given.readMetadata(call.params);
	return () => {
		for (const name of DESCRIPTIVE) {
			const value = getOwn(call.params, name);
			if (value !== undefined) charge[name] = value === '' ? null : value;
		}
		charge.metadata = given.mergeMetadata(charge.metadata, metadata);
		call.world.charges.save(charge);
		call.world.record('charge.updated', charge, call.cause);
		return charge;
	};
}

function capture(call: Call): () => RouteResult {
	const charge = found(call);
	const amount = given.readAmount(call.params, 'amount', charge.currency) ?? charge.amount;
	return () => {
		if (charge.captured || charge.status !== 'succeeded' || charge.refunded) {
			throw unexpectedState(
				`Charge ${charge.id} has already been captured.`,
				'charge_already_captured',
			);
		}
		if (charge.payment_intent !== null) {
			throw unexpectedState(
				`The charge ${charge.id} belongs to a PaymentIntent: capture ${charge.payment_intent} instead.`,
				'payment_intent_action_required',
			);
		}
		if (amount > charge.amount) {
			throw unexpectedState('Amount to capture exceeds the amount of the charge.', 'amount_too_large');
		}
		captureCharge(call, charge, amount);
		return charge;
	};
}

function found(call: Call): Charge {
	const id = call.at.id ?? '';
	const charge = call.world.charges.find(id);
	if (charge === undefined) throw noSuch('charge', id, 'charge');
	return charge;
}
