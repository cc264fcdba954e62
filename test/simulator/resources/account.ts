import type Stripe from 'stripe';

import type { ObjectStore } from '../collection';
import { noSuch } from '../errors';
import { listing } from '../lists';
import type { SimulatedObject } from '../objects';
import * as given from '../parameters';
import {
	ALWAYS_ALLOWED,
	LIST_PARAMETERS,
	type Call,
	type RouteHandler,
	type RouteResult,
	type Route,
} from '../route';
import type { ParameterNames, Shown } from '../sdkTypes';
import type { StripeState } from '../world';

export const accountRoutes: readonly Route[] = [
	{
		method: 'GET',
		path: '/v1/account',
		parameters: ALWAYS_ALLOWED,
		prepare: (call) => () => account(call),
	},
	{
		method: 'GET',
		path: '/v1/accounts/:id',
		parameters: ALWAYS_ALLOWED,
		prepare: (call) => {
			const { id = '' } = call.at;
			const connected = connectedAccountsOf(call.world).find(id);
			if (connected === undefined && id !== call.world.account) throw noSuch('account', id, 'account');
			return () => connected ?? account(call);
		},
	},
	{
		method: 'GET',
		path: '/v1/accounts/:id/external_accounts',
		parameters: [
			'object',
			...LIST_PARAMETERS.filter((name) => name !== 'created'),
		] satisfies ParameterNames<Stripe.AccountListExternalAccountsParams>,
		prepare: (call) => listing(call, bankAccountsOf(call)),
	},
	{
		method: 'POST',
		path: '/v1/accounts',
		parameters: ['business_profile', 'country', 'email', 'metadata', 'type', ...ALWAYS_ALLOWED],
		prepare: connect,
	},
	{
		method: 'GET',
		path: '/v1/accounts',
		parameters: LIST_PARAMETERS satisfies ParameterNames<Stripe.AccountListParams>,
		prepare: (call) => listing(call, connectedAccountsOf(call.world)),
	},
];

function account(call: Call): RouteResult {
	return {
		id: call.world.account,
		object: 'account',
		business_profile: { mcc: null, name: 'Simulated Shop', support_email: null, url: null },
		business_type: null,
		capabilities: { card_payments: 'active', transfers: 'active' },
		charges_enabled: true,
		country: 'US',
		default_currency: 'usd',
		details_submitted: true,
		email: 'shop@example.com',
		metadata: {},
		payouts_enabled: true,
		settings: { dashboard: { display_name: 'Simulated Shop', timezone: 'Etc/UTC' } },
		type: 'standard',
	} satisfies Shown<Stripe.Account>;
}

/** The bank account that payouts go to. */
function bankAccountsOf({ world: state, at }: Call): ObjectStore {
	const accounts = state.other('external_accounts');
	const bankAccount = {
		id: 'ba_simulator',
		object: 'bank_account',
		account: at.id ?? '',
		account_holder_name: null,
		account_holder_type: null,
		account_type: null,
		bank_name: 'SIMULATED BANK',
		country: 'US',
		currency: 'usd',
		fingerprint: null,
		last4: '6789',
		metadata: {},
		routing_number: '110000000',
		status: 'new',
	} satisfies Shown<Stripe.BankAccount>;
	if (accounts.find(bankAccount.id) === undefined) accounts.save(bankAccount);
	return accounts;
}

/** Accounts connected to the platform, to which money can be transferred. */
export function connectedAccountsOf(state: StripeState): ObjectStore {
	return state.other('accounts');
}

function connect(call: Call): RouteHandler {
	const { params, world: state } = call;
	const profile = given.readHash(params, 'business_profile') ?? {};
	const metadata = given.mergeMetadata({}, given.readMetadata(params));
	return () => {
		const id = state.newId('acct');
		const connected: SimulatedObject = {
			...account(call),
			id,
			object: 'account',
			business_profile: { mcc: null, name: given.readText(profile, 'name') ?? null, url: null },
			country: given.readText(params, 'country') ?? 'US',
			created: state.seconds(),
			email: given.readText(params, 'email') ?? null,
			metadata,
		};
		return connectedAccountsOf(state).save(connected);
	};
}
