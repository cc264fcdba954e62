import type Stripe from 'stripe';

import { invalid, unexpectedState } from '../errors';
import { listing } from '../lists';
import { findInPath, reading } from '../lookup';
import type { SimulatedObject } from '../objects';
import * as given from '../parameters';
import { ALWAYS_ALLOWED, LIST_PARAMETERS, type Call, type Route, type RouteHandler } from '../route';
import type { ParameterNames, Shown } from '../sdkTypes';
import type { Cause, StripeState } from '../world';
import { addToBalance, currenciesOf, requireBalance, takeForPayout } from './balance';

export interface Payout extends SimulatedObject {
	object: 'payout';
	status: 'pending' | 'in_transit' | 'paid' | 'failed' | 'canceled';
	amount: number;
	currency: string;
	automatic: boolean;
	destination: string;
	method: string;
	original_payout: string | null;
	reversed_by: string | null;
	metadata: Record<string, string>;
}

/** An account that its bank does not know: payouts to it are returned ("Testing", payouts). */
export const UNKNOWN_BANK_ACCOUNT = 'ba_noAccount';

/** A bank outside the US and Canada: payouts to it cannot be reversed (API reference, "Reverse a payout"). */
export const FOREIGN_BANK_ACCOUNT = 'ba_germany';

const DAY_MS = 86_400_000;
const ARRIVES_MS = 2 * DAY_MS;
/** A paid payout can still fail within five business days. */
const RETURNS_MS = 4 * DAY_MS;

/**
 * Payouts in these currencies are in whole units, although payments may have decimals ("Supported currencies").
 */
const WHOLE_UNITS_ONLY = ['huf', 'twd'];

const PATH = '/v1/payouts';
const CREATE = [
	'amount',
	'currency',
	'description',
	'destination',
	'metadata',
	'method',
	'payout_method',
	'source_type',
	'statement_descriptor',
	...ALWAYS_ALLOWED,
] as const satisfies ParameterNames<Stripe.PayoutCreateParams>;
const LIST = [
	...LIST_PARAMETERS,
	'arrival_date',
	'destination',
	'status',
] as const satisfies ParameterNames<Stripe.PayoutListParams>;

const payoutsOf = ({ world }: Call) => world.other<Payout>('payouts');
const found = (call: Call) => findInPath(call, payoutsOf, 'payout');

export const payoutRoutes: readonly Route[] = [
	{ method: 'POST', path: PATH, parameters: CREATE, prepare: create },
	{
		method: 'GET',
		path: PATH,
		parameters: LIST,
		prepare: (call) => {
			const destination = given.readText(call.params, 'destination');
			const status = given.readText(call.params, 'status');
			return listing(
				call,
				payoutsOf(call),
				(payout) =>
					(destination ?? payout.destination) === payout.destination &&
					(status ?? payout.status) === payout.status,
			);
		},
	},
	reading(PATH, payoutsOf, 'payout'),
	{
		method: 'POST',
		path: `${PATH}/:id`,
		parameters: ['metadata', ...ALWAYS_ALLOWED] satisfies ParameterNames<Stripe.PayoutUpdateParams>,
		prepare: update,
	},
	{ method: 'POST', path: `${PATH}/:id/cancel`, parameters: ALWAYS_ALLOWED, prepare: cancel },
	{
		method: 'POST',
		path: `${PATH}/:id/reverse`,
		parameters: ['metadata', ...ALWAYS_ALLOWED] satisfies ParameterNames<Stripe.PayoutReverseParams>,
		prepare: reverse,
	},
];

function create(call: Call): RouteHandler {
	const { params, world: state, cause } = call;
	const { amount, currency } = given.requireMoney(params);
	if (WHOLE_UNITS_ONLY.includes(currency) && amount % 100 !== 0) {
		const message = `Invalid amount: payouts in ${currency} must be evenly divisible by 100.`;
		throw invalid('amount', message, 'parameter_invalid_integer');
	}
	const descriptor = given.readText(params, 'statement_descriptor') ?? null;
	if (descriptor !== null && descriptor.length > 22)
		throw invalid('statement_descriptor', 'The statement descriptor must be at most 22 characters.');
	const method = given.readChoice(params, 'method', ['standard', 'instant']) ?? 'standard';
	const sourceType = given.readChoice(params, 'source_type', ['bank_account', 'card', 'fpx']) ?? 'card';
	const description = given.readText(params, 'description') ?? null;
	const destination = given.readText(params, 'destination') ?? 'ba_simulator';
	const metadata = given.mergeMetadata({}, given.readMetadata(params));
	return () => {
		requireBalance(state, amount, currency);
		const payout = newPayout(state, { amount, currency, destination, method, metadata });
		Object.assign(payout, { description, statement_descriptor: descriptor, source_type: sourceType });
		state.record('payout.created', payout, cause);
		travel(call, payout);
		return payout;
	};
}

type NewPayout = Pick<Payout, 'amount' | 'currency' | 'destination' | 'method' | 'metadata'> &
	Partial<Pick<Payout, 'automatic' | 'original_payout'>>;

function newPayout(state: StripeState, { automatic = false, ...wish }: NewPayout): Payout {
	const id = state.newId('po');
	const { amount, currency } = wish;
	const payout = {
		id,
		object: 'payout',
		application_fee: null,
		application_fee_amount: null,
		arrival_date: state.seconds() + ARRIVES_MS / 1000,
		automatic,
		balance_transaction: addToBalance(state, { type: 'payout', amount: -amount, currency, source: id }),
		created: state.seconds(),
		description: null,
		failure_balance_transaction: null,
		failure_code: null,
		failure_message: null,
		livemode: state.livemode,
		original_payout: null,
		payout_method: null,
		reconciliation_status: automatic ? 'in_progress' : 'not_applicable',
		reversed_by: null,
		source_type: 'card',
		statement_descriptor: null,
		status: 'pending',
		trace_id: null,
		type: wish.destination.startsWith('card_') ? 'card' : 'bank_account',
		...wish,
	} satisfies Shown<Stripe.Payout, Payout>;
	return state.other<Payout>('payouts').save(payout);
}

const BY_STRIPE: Cause = { requestId: null, key: null };

/** Moves a payout through in transit and arrived, and possibly returns it days later. */
function travel({ world: state }: Pick<Call, 'world'>, payout: Payout): void {
	const move = (status: Payout['status'], ...events: string[]) => {
		if (payout.status === 'canceled') return;
		payout.status = status;
		save(state, payout, events, BY_STRIPE);
	};
	const isInstant = payout.method === 'instant';
	state.later(isInstant ? 0 : DAY_MS, () => move('in_transit', 'payout.updated'));
	state.later(isInstant ? 0 : ARRIVES_MS, () => move('paid', 'payout.updated', 'payout.paid'));
	if (payout.destination !== UNKNOWN_BANK_ACCOUNT) return;
	state.later(RETURNS_MS, () => {
		if (payout.status !== 'paid') return;
		Object.assign(payout, {
			failure_balance_transaction: giveBack(state, payout, 'payout_failure'),
			failure_code: 'no_account',
			failure_message: 'The bank account could not be located.',
		});
		move('failed', 'payout.updated', 'payout.failed');
	});
}

function giveBack(state: StripeState, { amount, currency, id: source }: Payout, type: string): string {
	return addToBalance(state, { type, amount, currency, source });
}

function save(state: StripeState, payout: Payout, events: readonly string[], cause: Cause): Payout {
	state.other<Payout>('payouts').save(payout);
	for (const type of events) state.record(type, payout, cause);
	return payout;
}

function update(call: Call): RouteHandler {
	const payout = found(call);
	const metadata = given.readMetadata(call.params);
	return () => {
		payout.metadata = given.mergeMetadata(payout.metadata, metadata);
		return save(call.world, payout, ['payout.updated'], call.cause);
	};
}

function cancel(call: Call): RouteHandler {
	const payout = found(call);
	return () => {
		if (payout.automatic) throw refused('Automatic payouts cannot be canceled.', 'payouts_not_allowed');
		if (payout.status !== 'pending') {
			const message = `Payouts can only be canceled while they are pending. This payout has a status of ${payout.status}.`;
			throw refused(message, 'payouts_not_allowed');
		}
		giveBack(call.world, payout, 'payout_cancel');
		payout.status = 'canceled';
		return save(call.world, payout, ['payout.canceled', 'payout.updated'], call.cause);
	};
}

/** Creates another payout of the opposite amount, to which the first one refers. */
function reverse(call: Call): RouteHandler {
	const { world: state, cause } = call;
	const payout = found(call);
	const metadata = given.mergeMetadata({}, given.readMetadata(call.params));
	return () => {
		if (payout.reversed_by !== null || payout.original_payout !== null)
			throw refused(`Payout ${payout.id} has already been reversed.`, 'payouts_not_allowed');
		if (payout.destination === FOREIGN_BANK_ACCOUNT)
			throw refused(
				'Only payouts to US and Canadian bank accounts can be reversed.',
				'payouts_not_allowed',
			);
		if (payout.status === 'pending' && !payout.automatic)
			throw refused('Payouts that are pending can only be canceled.', 'payouts_not_allowed');
		if (!['paid', 'in_transit'].includes(payout.status) || payout.method === 'instant')
			throw refused(
				`A payout with a status of ${payout.status} cannot be reversed.`,
				'payouts_not_allowed',
			);
		const { currency, destination, method } = payout;
		const wish = { amount: -payout.amount, currency, destination, method, metadata };
		const reversal = newPayout(state, { ...wish, original_payout: payout.id });
		payout.reversed_by = reversal.id;
		save(state, payout, ['payout.updated'], cause);
		state.record('payout.created', reversal, cause);
		travel(call, reversal);
		return reversal;
	};
}

function refused(message: string, code: string) {
	return unexpectedState(message, code);
}

/**
 * Pays out everything received, with one payout per currency, and emits an event when its balance lines can be
 * read.
 */
export function payOutAutomatically(state: StripeState): void {
	for (const currency of currenciesOf(state)) {
		const wish = { currency, destination: 'ba_simulator', method: 'standard', metadata: {} };
		const payout = newPayout(state, { ...wish, amount: 0, automatic: true });
		const line = state.other('balance_transactions').find(String(payout.balance_transaction));
		payout.amount = takeForPayout(state, currency, payout.id);
		Object.assign(line ?? {}, { amount: -payout.amount, net: -payout.amount });
		state.record('payout.created', payout, BY_STRIPE);
		travel({ world: state }, payout);
		payout.reconciliation_status = 'completed';
		save(state, payout, ['payout.reconciliation_completed'], BY_STRIPE);
	}
}
