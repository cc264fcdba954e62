import type Stripe from 'stripe';

import { noSuch, unexpectedState } from '../../errors';
import type { SimulatedObject } from '../../objects';
import * as given from '../../parameters';
import { ALWAYS_ALLOWED, type Call, type Route, type RouteResult } from '../../route';
import type { ParameterNames, Shown } from '../../sdkTypes';
import type { Kept } from './filters';
import { findKept, readsOf, saveAndRecord, showGiven } from './filters';

interface SetupIntent extends SimulatedObject {
	status: Stripe.SetupIntent.Status;
	payment_method: string | null;
	metadata: Record<string, string>;
}

const INTENTS: Kept<SetupIntent> = {
	path: '/v1/setup_intents',
	kind: 'setupintent',
	storeOf: ({ world }) => world.other('setup_intents'),
};
const CREATE: ParameterNames<Stripe.SetupIntentCreateParams> = [
	...([
		'allowed_payment_method_types',
		'automatic_payment_methods',
		'confirm',
		'confirmation_token',
	] as const),
	...(['customer', 'description', 'mandate_data', 'metadata', 'on_behalf_of', 'payment_method'] as const),
	...(['payment_method_data', 'payment_method_options', 'return_url', 'usage', 'use_stripe_sdk'] as const),
	...ALWAYS_ALLOWED,
];
const CONFIRM: ParameterNames<Stripe.SetupIntentConfirmParams> = [
	...([
		'confirmation_token',
		'mandate_data',
		'payment_method',
		'payment_method_data',
		'return_url',
	] as const),
	...ALWAYS_ALLOWED,
];
const UPDATE: ParameterNames<Stripe.SetupIntentUpdateParams> = [
	...(['customer', 'description', 'metadata', 'payment_method'] as const),
	...ALWAYS_ALLOWED,
];

export const setupIntentRoutes: readonly Route[] = [
	{ method: 'POST', path: INTENTS.path, parameters: CREATE, prepare: create },
	...readsOf(INTENTS, { customer: 'customer', payment_method: 'payment_method' }),
	{ method: 'POST', path: `${INTENTS.path}/:id`, parameters: UPDATE, prepare: update },
	{ method: 'POST', path: `${INTENTS.path}/:id/confirm`, parameters: CONFIRM, prepare: confirm },
	{
		method: 'POST',
		path: `${INTENTS.path}/:id/cancel`,
		parameters: ['cancellation_reason', ...ALWAYS_ALLOWED],
		prepare: cancel,
	},
];

function create(call: Call): () => RouteResult {
	const { params, world: state } = call;
	const isConfirmed = given.readFlag(params, 'confirm') ?? false;
	const metadata = given.mergeMetadata({}, given.readMetadata(params));
	return () => {
		const customer = given.readText(params, 'customer') ?? null;
		if (customer !== null && state.customers.find(customer) === undefined)
			throw noSuch('customer', customer, 'customer', 400);
		const id = state.newId('seti');
		const method = given.readText(params, 'payment_method') ?? null;
		const intent: SetupIntent = {
			id,
			object: 'setup_intent',
			allowed_payment_method_types: null,
			application: null,
			automatic_payment_methods: given.readHash(params, 'automatic_payment_methods') ?? null,
			created: state.seconds(),
			excluded_payment_method_types: null,
			latest_attempt: null,
			mandate: null,
			on_behalf_of: null,
			payment_method_configuration_details: null,
			payment_method_options: null,
			payment_method_types: ['card'],
			single_use_mandate: null,
			customer,
			metadata,
			client_secret: `${id}_secret_${state.newId('s').slice(2)}`,
			livemode: state.livemode,
			description: given.readText(params, 'description') ?? null,
			usage: given.readText(params, 'usage') ?? 'off_session',
			last_setup_error: null,
			next_action: null,
			cancellation_reason: null,
			payment_method: method,
			status: method === null ? 'requires_payment_method' : 'requires_confirmation',
		} satisfies Shown<Stripe.SetupIntent, SetupIntent>;
		saveAndRecord(call, INTENTS, 'setup_intent.created', intent);
		return isConfirmed ? succeed(call, intent) : intent;
	};
}

function succeed(call: Call, intent: SetupIntent): SetupIntent {
	intent.payment_method = given.readText(call.params, 'payment_method') ?? intent.payment_method;
	if (intent.payment_method === null)
		throw unexpectedState(
			"You cannot confirm this SetupIntent because it's missing a payment method.",
			'setup_intent_unexpected_state',
		);
	intent.status = 'succeeded';
	return saveAndRecord(call, INTENTS, 'setup_intent.succeeded', intent);
}

function confirm(call: Call): () => RouteResult {
	const intent = findKept(call, INTENTS);
	return () => {
		refuseEnded(intent, 'confirm');
		return succeed(call, intent);
	};
}

function update(call: Call): () => RouteResult {
	const intent = findKept(call, INTENTS);
	const metadata = given.readMetadata(call.params);
	return () => {
		showGiven(call, intent, ['customer', 'description', 'payment_method']);
		intent.metadata = given.mergeMetadata(intent.metadata, metadata);
		INTENTS.storeOf(call).save(intent);
		return intent;
	};
}

function cancel(call: Call): () => RouteResult {
	const intent = findKept(call, INTENTS);
	return () => {
		refuseEnded(intent, 'cancel');
		Object.assign(intent, {
			status: 'canceled',
			cancellation_reason: given.readText(call.params, 'cancellation_reason') ?? null,
		});
		return saveAndRecord(call, INTENTS, 'setup_intent.canceled', intent);
	};
}

function refuseEnded({ status }: SetupIntent, verb: string): void {
	if (status !== 'succeeded' && status !== 'canceled') return;
	const message = `You cannot ${verb} this SetupIntent because it has a status of ${status}.`;
	throw unexpectedState(message, 'setup_intent_unexpected_state');
}
