import type Stripe from 'stripe';

import { noSuch } from '../errors';
import { getOwn, type ParamMap } from '../form';
import { listing } from '../lists';
import type { Customer } from '../objects';
import * as given from '../parameters';
import {
	ALWAYS_ALLOWED,
	LIST_PARAMETERS,
	SEARCH_PARAMETERS,
	type Call,
	type RouteResult,
	type Route,
} from '../route';
import type { ParameterNames, Shown } from '../sdkTypes';
import { searching } from '../search';
import { endSubscription } from './billing/cycle';

const SHOWN = [
	'address',
	'description',
	'email',
	'name',
	'phone',
	'shipping',
] as const satisfies ParameterNames<Stripe.CustomerUpdateParams>;
const BOTH = [
	...SHOWN,
	'balance',
	'business_name',
	'cash_balance',
	'individual_name',
	'invoice_prefix',
	'invoice_settings',
	'metadata',
	'next_invoice_sequence',
	'preferred_locales',
	'source',
	'tax',
	'tax_exempt',
	'validate',
	...ALWAYS_ALLOWED,
] as const satisfies ParameterNames<Stripe.CustomerCreateParams & Stripe.CustomerUpdateParams>;
const CREATE = [
	...BOTH,
	'payment_method',
	'tax_id_data',
	'test_clock',
] as const satisfies ParameterNames<Stripe.CustomerCreateParams>;
const UPDATE = [...BOTH, 'default_source'] as const satisfies ParameterNames<Stripe.CustomerUpdateParams>;

export const customerRoutes: readonly Route[] = [
	{ method: 'POST', path: '/v1/customers', parameters: CREATE, prepare: create },
	{
		method: 'GET',
		path: '/v1/customers',
		parameters: [
			...LIST_PARAMETERS,
			'email',
			'test_clock',
		] satisfies ParameterNames<Stripe.CustomerListParams>,
		prepare: (call) => {
			const email = given.readText(call.params, 'email');
			return listing(
				call,
				call.world.customers,
				(customer) => !customer.deleted && (email ?? customer.email) === customer.email,
			);
		},
	},
	{
		method: 'GET',
		path: '/v1/customers/search',
		parameters: SEARCH_PARAMETERS,
		prepare: (call) => searching(call, call.world.customers, ['email', 'name', 'phone']),
	},
	{
		method: 'GET',
		path: '/v1/customers/:id',
		parameters: ALWAYS_ALLOWED,
		prepare: (call) => {
			const customer = call.world.customers.find(call.at.id ?? '') ?? found(call);
			return () => (customer.deleted ? deletedStub(customer.id) : customer);
		},
	},
	{ method: 'POST', path: '/v1/customers/:id', parameters: UPDATE, prepare: update },
	{ method: 'DELETE', path: '/v1/customers/:id', parameters: [], prepare: remove },
];

function create(call: Call): () => RouteResult {
	const { params, world: state } = call;
	const email = given.readText(params, 'email') ?? null;
	const metadata = given.mergeMetadata({}, given.readMetadata(params));
	const balance = given.readInteger(params, 'balance') ?? 0;
	return () => {
		const customer = {
			id: state.newId('cus'),
			object: 'customer',
			address: null,
			balance,
			created: state.seconds(),
			currency: null,
			default_source: given.readText(params, 'source') ?? null,
			delinquent: false,
			description: null,
			discount: null,
			email,
			invoice_prefix: 'SIM',
			invoice_settings: invoiceSettings(params),
			livemode: state.livemode,
			metadata,
			name: null,
			next_invoice_sequence: 1,
			phone: null,
			preferred_locales: given.readList(params, 'preferred_locales'),
			shipping: null,
			tax_exempt: given.readText(params, 'tax_exempt') ?? 'none',
			test_clock: null,
		} satisfies Shown<Stripe.Customer, Customer>;
		show(params, customer);
		state.customers.save(customer);
		state.record('customer.created', customer, call.cause);
		return customer;
	};
}

function update(call: Call): () => RouteResult {
	const { params, world: state } = call;
	const customer = found(call);
	const metadata = given.readMetadata(params);
	return () => {
		show(params, customer);
		customer.balance = given.readInteger(params, 'balance') ?? customer.balance;
		if (getOwn(params, 'invoice_settings') !== undefined)
			customer.invoice_settings = invoiceSettings(params);
		customer.metadata = given.mergeMetadata(customer.metadata, metadata);
		state.customers.save(customer);
		state.record('customer.updated', customer, call.cause);
		return customer;
	};
}

/** A deleted customer remains as a stub that can be read, but not used. */
/** Deleting a customer cancels their subscriptions immediately (API reference, "Delete a customer"). */
function cancelSubscriptions(call: Call, customer: string): void {
	for (const subscription of call.world.subscriptions.newestFirst()) {
		const isOver = ['canceled', 'incomplete_expired'].includes(subscription.status);
		if (subscription.customer === customer && !isOver) endSubscription(call, subscription);
	}
}

function remove(call: Call): () => RouteResult {
	return () => {
		// Looked up at execution: the customer may have been deleted before Stripe rolls the request forward.
		const customer = found(call);
		customer.deleted = true;
		cancelSubscriptions(call, customer.id);
		call.world.customers.save(customer);
		call.world.record('customer.deleted', customer, call.cause);
		return deletedStub(customer.id);
	};
}

function deletedStub(id: string): RouteResult {
	return { id, object: 'customer', deleted: true };
}

function show(params: ParamMap, customer: Customer): void {
	for (const name of SHOWN) {
		const value = getOwn(params, name);
		if (value !== undefined) Object.assign(customer, { [name]: value === '' ? null : value });
	}
}

function invoiceSettings(params: ParamMap): Record<string, unknown> {
	const settings = given.readHash(params, 'invoice_settings') ?? {};
	return {
		custom_fields: null,
		default_payment_method:
			given.readText(settings, 'default_payment_method') ??
			given.readText(params, 'payment_method') ??
			null,
		footer: given.readText(settings, 'footer') ?? null,
		rendering_options: null,
	};
}

function found(call: Call): Customer {
	const id = call.at.id ?? '';
	const customer = call.world.customers.find(id);
	if (customer === undefined || customer.deleted) throw noSuch('customer', id);
	return customer;
}
