import type Stripe from 'stripe';

import { unexpectedState } from '../errors';
import { listing } from '../lists';
import { findInPath, reading } from '../lookup';
import type { SimulatedObject } from '../objects';
import * as given from '../parameters';
import { ALWAYS_ALLOWED, LIST_PARAMETERS, type Call, type Route, type RouteHandler } from '../route';
import type { ParameterNames, Shown } from '../sdkTypes';
import { addToBalance } from './balance';

interface TopUp extends SimulatedObject {
	object: 'topup';
	status: 'pending' | 'succeeded' | 'failed' | 'canceled' | 'reversed';
	amount: number;
	currency: string;
	metadata: Record<string, string>;
}

const PATH = '/v1/topups';
const ARRIVES_MS = 5 * 86_400_000;
const CREATE = [
	'amount',
	'currency',
	'description',
	'metadata',
	'payment_method',
	'payment_method_options',
	'source',
	'statement_descriptor',
	'transfer_group',
	...ALWAYS_ALLOWED,
] as const satisfies ParameterNames<Stripe.TopupCreateParams>;

const topUpsOf = ({ world }: Call) => world.other<TopUp>('topups');

export const topUpRoutes: readonly Route[] = [
	{ method: 'POST', path: PATH, parameters: CREATE, prepare: create },
	{
		method: 'GET',
		path: PATH,
		parameters: [...LIST_PARAMETERS, 'amount', 'status'] satisfies ParameterNames<Stripe.TopupListParams>,
		prepare: (call) => {
			const status = given.readText(call.params, 'status');
			return listing(call, topUpsOf(call), (topUp) => (status ?? topUp.status) === topUp.status);
		},
	},
	reading(PATH, topUpsOf, 'topup'),
	{ method: 'POST', path: `${PATH}/:id/cancel`, parameters: ALWAYS_ALLOWED, prepare: cancel },
];

function create(call: Call): RouteHandler {
	const { params, world: state } = call;
	const { amount, currency } = given.requireMoney(params);
	const metadata = given.mergeMetadata({}, given.readMetadata(params));
	const shown = (name: string) => given.readText(params, name) ?? null;
	return () => {
		const topUp = {
			id: state.newId('tu'),
			object: 'topup',
			amount,
			balance_transaction: null,
			created: state.seconds(),
			currency,
			description: shown('description'),
			expected_availability_date: state.seconds() + ARRIVES_MS / 1000,
			failure_code: null,
			failure_message: null,
			initiated_by: 'user',
			livemode: state.livemode,
			metadata,
			payment_method: null,
			payment_method_options: null,
			source: null,
			statement_descriptor: shown('statement_descriptor'),
			status: 'pending',
			transfer_group: shown('transfer_group'),
		} satisfies Shown<Stripe.Topup, TopUp>;
		state.record('topup.created', topUpsOf(call).save(topUp), call.cause);
		state.later(ARRIVES_MS, () => arrive(call, topUp));
		return topUp;
	};
}

function arrive({ world: state }: Call, topUp: TopUp): void {
	if (topUp.status !== 'pending') return;
	const { amount, currency, id: source } = topUp;
	topUp.status = 'succeeded';
	topUp.balance_transaction = addToBalance(state, { type: 'topup', amount, currency, source });
	state.record('topup.succeeded', state.other<TopUp>('topups').save(topUp), { requestId: null, key: null });
}

function cancel(call: Call): RouteHandler {
	const topUp = findInPath(call, topUpsOf, 'topup');
	return () => {
		if (topUp.status !== 'pending') {
			const message = `Top-ups can only be canceled while they are pending. This one has a status of ${topUp.status}.`;
			throw unexpectedState(message, 'topup_not_cancelable');
		}
		topUp.status = 'canceled';
		call.world.record('topup.canceled', topUpsOf(call).save(topUp), call.cause);
		return topUp;
	};
}
