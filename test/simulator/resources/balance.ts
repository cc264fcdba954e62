import type Stripe from 'stripe';

import { insufficientFunds, noSuch } from '../errors';
import { listing } from '../lists';
import type { SimulatedObject } from '../objects';
import * as given from '../parameters';
import { ALWAYS_ALLOWED, LIST_PARAMETERS, type Route } from '../route';
import type { ParameterNames, Shown } from '../sdkTypes';
import type { StripeState } from '../world';

/** A line of the account's balance. Every payment in or out creates one. */
interface BalanceTransaction extends SimulatedObject {
	object: 'balance_transaction';
	amount: number;
	fee: number;
	net: number;
	currency: string;
	source: string;
	type: string;
}

interface Movement {
	type: string;
	/** Minor units; negative for money that goes out. */
	amount: number;
	currency: string;
	/** The object that caused it. */
	source: string;
	fee?: number;
	description?: string | null;
}

const LIST = [
	...LIST_PARAMETERS,
	'currency',
	'payout',
	'source',
	'type',
] as const satisfies ParameterNames<Stripe.BalanceTransactionListParams>;

export const balanceRoutes: readonly Route[] = [
	{
		method: 'GET',
		path: '/v1/balance',
		parameters: ALWAYS_ALLOWED,
		prepare:
			({ world }) =>
			() =>
				({
					object: 'balance',
					...amountsOf(world),
					livemode: world.livemode,
					pending: [],
				}) satisfies Shown<Stripe.Balance>,
	},
	{
		method: 'GET',
		path: '/v1/balance_transactions',
		parameters: LIST,
		prepare: (call) => {
			const [currency, source, type, payout] = ['currency', 'source', 'type', 'payout'].map((name) =>
				given.readText(call.params, name),
			);
			return listing(
				call,
				transactionsOf(call.world),
				(line) =>
					(currency ?? line.currency) === line.currency &&
					(source ?? line.source) === line.source &&
					(type ?? line.type) === line.type &&
					(payout === undefined || isPaidOutBy(line, payout)),
			);
		},
	},
	{
		method: 'GET',
		path: '/v1/balance_transactions/:id',
		parameters: ALWAYS_ALLOWED,
		prepare: (call) => {
			const id = call.at.id ?? '';
			const line = transactionsOf(call.world).find(id);
			if (line === undefined) throw noSuch('balance transaction', id);
			return () => line;
		},
	},
];

/**
 * The automatic payout that paid a line out: Stripe exposes it through the list filter only ("Payout
 * reconciliation").
 */
const PAID_OUT_BY = new WeakMap<BalanceTransaction, string>();

function isPaidOutBy(line: BalanceTransaction, payout: string): boolean {
	return line.source === payout || PAID_OUT_BY.get(line) === payout;
}

/** Assigns all lines of a currency that no automatic payout has taken yet to this payout. Returns their sum. */
export function takeForPayout(state: StripeState, currency: string, payout: string): number {
	const taken = transactionsOf(state)
		.newestFirst()
		.filter((line) => line.currency === currency && !PAID_OUT_BY.has(line));
	for (const line of taken) PAID_OUT_BY.set(line, payout);
	return taken.reduce((sum, { net }) => sum + net, 0);
}

/** Stripe's fee for a payment: 2.9 % and 30 minor units. */
export function feeOf(amount: number): number {
	return Math.round(amount * 0.029) + 30;
}

/** Moves money immediately: the simulator does not hold it back for days. Returns the id of the line. */
export function addToBalance(
	state: StripeState,
	{ type, amount, currency, source, fee = 0, description = null }: Movement,
): string {
	const line = {
		id: state.newId('txn'),
		object: 'balance_transaction',
		amount,
		available_on: state.seconds(),
		balance_type: 'payments',
		created: state.seconds(),
		currency,
		description,
		exchange_rate: null,
		fee,
		fee_details:
			fee === 0
				? []
				: [
						{
							amount: fee,
							application: null,
							currency,
							description: 'Stripe processing fees',
							type: 'stripe_fee',
						},
					],
		net: amount - fee,
		reporting_category: type,
		source,
		status: 'available',
		type,
	} satisfies Shown<Stripe.BalanceTransaction, BalanceTransaction>;
	transactionsOf(state).save(line);
	return line.id;
}

/** Throws Stripe's 400 for an insufficient balance: after execution began, so that the key remembers it. */
export function requireBalance(state: StripeState, amount: number, currency: string): void {
	const available = sumOf(state, currency);
	if (available < amount) throw insufficientFunds();
}

export function currenciesOf(state: StripeState): string[] {
	const lines = transactionsOf(state).newestFirst();
	return [...new Set(lines.map(({ currency }) => currency))];
}

function amountsOf(state: StripeState): { available: Record<string, unknown>[] } {
	const available = currenciesOf(state).map((currency) => {
		const amount = sumOf(state, currency);
		return { amount, currency, source_types: { card: amount } };
	});
	return { available };
}

function sumOf(state: StripeState, currency: string): number {
	return transactionsOf(state)
		.newestFirst()
		.reduce((sum, line) => (line.currency === currency ? sum + line.net : sum), 0);
}

function transactionsOf(state: StripeState) {
	return state.other<BalanceTransaction>('balance_transactions');
}
