import type Stripe from 'stripe';

import { invalid, noSuch, unexpectedState } from '../errors';
import { getOwn } from '../form';
import type { SimulatedObject } from '../objects';
import * as given from '../parameters';
import { ALWAYS_ALLOWED, type Call, type Route, type RouteHandler } from '../route';
import type { ParameterNames, Shown } from '../sdkTypes';
import type { Kept } from './catalogue/filters';
import { findKept, readsOf, saveAndRecord } from './catalogue/filters';

interface CreditGrant extends SimulatedObject {
	object: 'billing.credit_grant';
	customer: string;
	expires_at: number | null;
	updated: number;
	voided_at: number | null;
	metadata: Record<string, string>;
}

const GRANTS: Kept<CreditGrant> = {
	path: '/v1/billing/credit_grants',
	kind: 'credit_grant',
	storeOf: ({ world }) => world.other('credit_grants'),
};

const CREATE = [
	...(['amount', 'applicability_config', 'category', 'customer', 'customer_account'] as const),
	...(['effective_at', 'expires_at', 'metadata', 'name', 'priority'] as const),
	...ALWAYS_ALLOWED,
] as const satisfies ParameterNames<Stripe.Billing.CreditGrantCreateParams>;

/** Billing credits for metered prices. */
export const creditGrantRoutes: readonly Route[] = [
	{ method: 'POST', path: GRANTS.path, parameters: CREATE, prepare: create },
	// Stripe has no time filter for them.
	...readsOf(
		GRANTS,
		{ customer: 'customer' },
		{
			parameters: [
				...(['customer', 'limit', 'starting_after', 'ending_before'] as const),
				...ALWAYS_ALLOWED,
			] satisfies ParameterNames<Stripe.Billing.CreditGrantListParams>,
		},
	),
	{
		method: 'POST',
		path: `${GRANTS.path}/:id`,
		parameters: [
			...(['expires_at', 'metadata'] as const),
			...ALWAYS_ALLOWED,
		] satisfies ParameterNames<Stripe.Billing.CreditGrantUpdateParams>,
		prepare: update,
	},
	...(['expire', 'void'] as const).map((action): Route => ({
		method: 'POST',
		path: `${GRANTS.path}/:id/${action}`,
		parameters: ALWAYS_ALLOWED,
		prepare: (call) => end(call, action),
	})),
];

function create(call: Call): RouteHandler {
	const { params, world: state } = call;
	const customer = given.requireText(params, 'customer');
	const monetary = given.readHash(given.readHash(params, 'amount') ?? {}, 'monetary') ?? {};
	const currency = given.readCurrency(monetary);
	const value = given.readAmount(monetary, 'value', currency);
	if (value === undefined || currency === undefined)
		throw invalid('amount[monetary]', 'Missing required param: amount[monetary].', 'parameter_missing');
	const scope = given.readHash(given.readHash(params, 'applicability_config') ?? {}, 'scope');
	if (!scope)
		throw invalid(
			'applicability_config',
			'Missing required param: applicability_config.',
			'parameter_missing',
		);
	const priority = given.readInteger(params, 'priority') ?? 50;
	if (priority < 0 || priority > 100) throw invalid('priority', 'Must be between 0 and 100.');
	const metadata = given.mergeMetadata({}, given.readMetadata(params));
	return () => {
		if (!state.customers.find(customer)) throw noSuch('customer', customer, 'customer', 400);
		return saveAndRecord(call, GRANTS, 'billing.credit_grant.created', {
			id: state.newId('credgr'),
			object: 'billing.credit_grant',
			amount: { type: 'monetary', monetary: { currency, value } },
			applicability_config: { scope },
			category: given.readChoice(params, 'category', ['paid', 'promotional']) ?? 'paid',
			created: state.seconds(),
			customer,
			customer_account: null,
			effective_at: given.readInteger(params, 'effective_at') ?? state.seconds(),
			expires_at: given.readInteger(params, 'expires_at') ?? null,
			livemode: state.livemode,
			metadata,
			name: given.readText(params, 'name') ?? null,
			priority,
			test_clock: null,
			updated: state.seconds(),
			voided_at: null,
		} satisfies Shown<Stripe.Billing.CreditGrant, CreditGrant>);
	};
}

function update(call: Call): RouteHandler {
	const grant = findKept(call, GRANTS);
	const metadata = given.readMetadata(call.params);
	return () => {
		refuseEnded(call, grant);
		if (getOwn(call.params, 'expires_at') !== undefined)
			grant.expires_at = given.readInteger(call.params, 'expires_at') ?? null;
		grant.metadata = given.mergeMetadata(grant.metadata, metadata);
		return change(call, grant);
	};
}

function end(call: Call, action: 'expire' | 'void'): RouteHandler {
	const grant = findKept(call, GRANTS);
	return () => {
		refuseEnded(call, grant);
		const now = call.world.seconds();
		if (action === 'expire') grant.expires_at = now;
		else grant.voided_at = now;
		return change(call, grant);
	};
}

function refuseEnded({ world }: Call, { expires_at: expiresAt, voided_at: voidedAt }: CreditGrant): void {
	if (voidedAt !== null) throw unexpectedState('This credit grant has been voided.', 'credit_grant_voided');
	if (expiresAt !== null && expiresAt <= world.seconds())
		throw unexpectedState('This credit grant has expired.', 'credit_grant_expired');
}

function change(call: Call, grant: CreditGrant): CreditGrant {
	grant.updated = call.world.seconds();
	return saveAndRecord(call, GRANTS, 'billing.credit_grant.updated', grant);
}
