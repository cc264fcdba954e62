import type Stripe from 'stripe';

import { invalid, noSuch, unexpectedState } from '../../errors';
import { listing } from '../../lists';
import type { SimulatedObject } from '../../objects';
import * as given from '../../parameters';
import { ALWAYS_ALLOWED, type Call, type Route, type RouteResult } from '../../route';
import type { ParameterNames, Shown } from '../../sdkTypes';
import type { Kept } from './filters';
import { findKept, readsOf, saveAndRecord, showGiven } from './filters';

interface Method extends SimulatedObject {
	customer: string | null;
	type: string;
	metadata: Record<string, string>;
}

const METHODS: Kept<Method> = {
	path: '/v1/payment_methods',
	kind: 'PaymentMethod',
	storeOf: ({ world }) => world.other('payment_methods'),
};
const CREATE: ParameterNames<Stripe.PaymentMethodCreateParams> = [
	...(['billing_details', 'card', 'metadata', 'type'] as const),
	...ALWAYS_ALLOWED,
];
const PORTAL: ParameterNames<Stripe.BillingPortal.SessionCreateParams> = [
	...(['after_expiration', 'configuration', 'customer', 'flow_data', 'locale'] as const),
	...(['on_behalf_of', 'return_url'] as const),
	...ALWAYS_ALLOWED,
];

export const methodRoutes: readonly Route[] = [
	{ method: 'POST', path: METHODS.path, parameters: CREATE, prepare: create },
	...readsOf(METHODS, { customer: 'customer', type: 'type' }),
	{
		method: 'POST',
		path: `${METHODS.path}/:id`,
		parameters: ['billing_details', 'card', 'metadata', ...ALWAYS_ALLOWED],
		prepare: update,
	},
	{
		method: 'POST',
		path: `${METHODS.path}/:id/attach`,
		parameters: [
			'customer',
			...ALWAYS_ALLOWED,
		] satisfies ParameterNames<Stripe.PaymentMethodAttachParams>,
		prepare: attach,
	},
	{ method: 'POST', path: `${METHODS.path}/:id/detach`, parameters: ALWAYS_ALLOWED, prepare: detach },
	{
		method: 'GET',
		path: '/v1/customers/:id/payment_methods',
		parameters: [
			'type',
			'allow_redisplay',
			'limit',
			'starting_after',
			'ending_before',
			...ALWAYS_ALLOWED,
		],
		prepare: (call) => {
			const type = given.readText(call.params, 'type');
			const customer = requireCustomer(call, call.at.id ?? '');
			return listing(
				call,
				METHODS.storeOf(call),
				(method) => method.customer === customer && (type ?? method.type) === method.type,
			);
		},
	},
	{ method: 'POST', path: '/v1/billing_portal/sessions', parameters: PORTAL, prepare: openPortal },
];

function requireCustomer({ world }: Call, id: string): string {
	const customer = world.customers.find(id);
	if (customer === undefined || customer.deleted) throw noSuch('customer', id, 'customer', 400);
	return id;
}

/** A method that was detached from a customer cannot be used again; nothing on it shows that. */
const detached = new WeakSet<Method>();

function create(call: Call): () => RouteResult {
	const { params, world: state } = call;
	const type = given.requireText(params, 'type');
	return () => {
		const method: Method = {
			id: state.newId('pm'),
			object: 'payment_method',
			created: state.seconds(),
			customer: null,
			type,
			livemode: state.livemode,
			billing_details: { address: null, email: null, name: null, phone: null, tax_id: null },
			customer_account: null,
			metadata: given.mergeMetadata({}, given.readMetadata(params)),
			card: { brand: 'visa', last4: '4242', exp_month: 12, exp_year: 2028 },
		} satisfies Shown<Stripe.PaymentMethod, Method>;
		METHODS.storeOf(call).save(method);
		return method;
	};
}

function update(call: Call): () => RouteResult {
	const method = findKept(call, METHODS);
	const metadata = given.readMetadata(call.params);
	return () => {
		if (method.customer === null) {
			throw unexpectedState(
				'You must save this PaymentMethod to a customer before you can update it.',
				'payment_method_not_attached',
			);
		}
		showGiven(call, method, ['billing_details']);
		method.metadata = given.mergeMetadata(method.metadata, metadata);
		return saveAndRecord(call, METHODS, 'payment_method.updated', method);
	};
}

function attach(call: Call): () => RouteResult {
	const method = findKept(call, METHODS);
	const id = given.requireText(call.params, 'customer');
	return () => {
		const customer = requireCustomer(call, id);
		if (detached.has(method)) {
			const message =
				'This PaymentMethod was previously used without being attached to a Customer or was detached from a Customer, and may not be used again.';
			throw unexpectedState(message, 'payment_method_unexpected_state');
		}
		if (method.customer !== null && method.customer !== customer)
			throw invalid(
				'payment_method',
				'The payment method you provided has already been attached to a customer.',
			);
		method.customer = customer;
		return saveAndRecord(call, METHODS, 'payment_method.attached', method);
	};
}

/** Permanent: the method cannot be attached again. */
function detach(call: Call): () => RouteResult {
	const method = findKept(call, METHODS);
	return () => {
		if (method.customer === null) {
			throw unexpectedState(
				'The payment method you provided is not attached to a customer so detachment is impossible.',
				'payment_method_not_attached',
			);
		}
		method.customer = null;
		detached.add(method);
		return saveAndRecord(call, METHODS, 'payment_method.detached', method);
	};
}

/** Anybody who has the session's URL is logged in. */
function openPortal(call: Call): () => RouteResult {
	const { params, world: state } = call;
	const id = given.requireText(params, 'customer');
	return () => {
		const customer = requireCustomer(call, id);
		return {
			id: state.newId('bps'),
			object: 'billing_portal.session',
			created: state.seconds(),
			customer,
			configuration: 'bpc_1',
			customer_account: null,
			flow: null,
			livemode: state.livemode,
			locale: null,
			after_expiration: readAfterExpiration(call),
			on_behalf_of: null,
			return_url: given.readText(params, 'return_url') ?? null,
			url: `https://billing.stripe.com/p/session/test_${state.newId('secret')}`,
		} satisfies Shown<Stripe.BillingPortal.Session>;
	};
}

/** The options of a customer who comes too late: request a new link by email. */
function readAfterExpiration({ params }: Call): Stripe.BillingPortal.Session.AfterExpiration | null {
	const wish = given.readHash(params, 'after_expiration');
	if (wish === undefined) return null;
	return {
		type: given.readChoice(wish, 'type', ['customer_login'])!,
		customer_login: { expires_at: null },
	};
}
