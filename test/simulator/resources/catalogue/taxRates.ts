import type Stripe from 'stripe';

import type { SimulatedObject } from '../../objects';
import * as given from '../../parameters';
import { ALWAYS_ALLOWED, type Call, type Route, type RouteResult } from '../../route';
import type { ParameterNames, Shown } from '../../sdkTypes';
import type { Kept } from './filters';
import { findKept, readsOf, saveAndRecord, showGiven } from './filters';

const TAX_RATES: Kept<TaxRate> = {
	path: '/v1/tax_rates',
	kind: 'tax rate',
	storeOf: ({ world }) => world.other('tax_rates'),
};

const SHOWN = ['country', 'description', 'display_name', 'jurisdiction', 'state', 'tax_type'] as const;
const UPDATE: ParameterNames<Stripe.TaxRateUpdateParams> = [
	...SHOWN,
	'active',
	'metadata',
	...ALWAYS_ALLOWED,
];
const CREATE: ParameterNames<Stripe.TaxRateCreateParams> = [
	...SHOWN,
	...(['active', 'inclusive', 'metadata', 'percentage'] as const),
	...ALWAYS_ALLOWED,
];

interface TaxRate extends SimulatedObject {
	active: boolean;
	metadata: Record<string, string>;
}

export const taxRateRoutes: readonly Route[] = [
	{ method: 'POST', path: TAX_RATES.path, parameters: CREATE, prepare: create },
	...readsOf(TAX_RATES, { active: 'active', inclusive: 'inclusive' }),
	{ method: 'POST', path: `${TAX_RATES.path}/:id`, parameters: UPDATE, prepare: update },
];

function create(call: Call): () => RouteResult {
	const { params, world: state } = call;
	given.requireText(params, 'display_name');
	given.requireText(params, 'inclusive');
	const inclusive = given.readFlag(params, 'inclusive') ?? false;
	const percentage = Number(given.requireText(params, 'percentage'));
	const metadata = given.mergeMetadata({}, given.readMetadata(params));
	return () => {
		const rate = {
			id: state.newId('txr'),
			object: 'tax_rate' as const,
			active: given.readFlag(params, 'active') ?? true,
			country: null,
			created: state.seconds(),
			description: null,
			display_name: '',
			effective_percentage: percentage,
			flat_amount: null,
			inclusive,
			jurisdiction: null,
			jurisdiction_level: null,
			livemode: state.livemode,
			metadata,
			percentage,
			rate_type: 'percentage',
			state: null,
			tax_type: null,
		} satisfies Shown<Stripe.TaxRate, TaxRate>;
		showGiven(call, rate, SHOWN);
		return saveAndRecord(call, TAX_RATES, 'tax_rate.created', rate);
	};
}

/** The percentage never changes. */
function update(call: Call): () => RouteResult {
	const rate = findKept(call, TAX_RATES);
	const active = given.readFlag(call.params, 'active') ?? rate.active;
	const metadata = given.readMetadata(call.params);
	return () => {
		showGiven(call, rate, SHOWN);
		rate.active = active;
		rate.metadata = given.mergeMetadata(rate.metadata, metadata);
		return saveAndRecord(call, TAX_RATES, 'tax_rate.updated', rate);
	};
}
