import type Stripe from 'stripe';

import { invalid, noSuch } from '../errors';
import { listing } from '../lists';
import type { Customer, SimulatedObject } from '../objects';
import * as given from '../parameters';
import { ALWAYS_ALLOWED, LIST_PARAMETERS, type Call, type Route, type RouteHandler } from '../route';
import type { ParameterNames, Shown } from '../sdkTypes';
import type { StripeState } from '../world';

interface CustomerBalanceTransaction extends SimulatedObject {
	object: 'customer_balance_transaction';
	amount: number;
	currency: string;
	customer: string;
	ending_balance: number;
	invoice: string | null;
	metadata: Record<string, string>;
}

const PATH = '/v1/customers/:id/balance_transactions';
const CREATE = [
	'amount',
	'currency',
	'description',
	'metadata',
	...ALWAYS_ALLOWED,
] as const satisfies ParameterNames<Stripe.CustomerCreateBalanceTransactionParams>;

const transactionsOf = (state: StripeState) =>
	state.other<CustomerBalanceTransaction>('customer_balance_transactions');

export const customerBalanceRoutes: readonly Route[] = [
	{ method: 'POST', path: PATH, parameters: CREATE, prepare: create },
	{
		method: 'GET',
		path: PATH,
		parameters: [
			...LIST_PARAMETERS,
			'invoice',
		] satisfies ParameterNames<Stripe.CustomerListBalanceTransactionsParams>,
		prepare: (call) => {
			const { id } = found(call);
			const invoice = given.readText(call.params, 'invoice');
			return listing(
				call,
				transactionsOf(call.world),
				(one) => one.customer === id && (invoice ?? one.invoice) === one.invoice,
			);
		},
	},
	{
		method: 'GET',
		path: `${PATH}/:transaction`,
		parameters: ALWAYS_ALLOWED,
		prepare: (call) => {
			const id = call.at.transaction ?? '';
			const one = transactionsOf(call.world).find(id);
			if (one?.customer !== call.at.id) throw noSuch('customer_balance_transaction', id);
			return () => one as SimulatedObject;
		},
	},
];

function create(call: Call): RouteHandler {
	const { params, world: state } = call;
	const customer = found(call);
	const amount = given.readInteger(params, 'amount');
	if (amount === undefined) throw invalid('amount', 'Missing required param: amount.', 'parameter_missing');
	const currency = given.readCurrency({ currency: given.requireText(params, 'currency') }) ?? '';
	const description = given.readText(params, 'description') ?? null;
	const metadata = given.mergeMetadata({}, given.readMetadata(params));
	return () => {
		const wish = { amount, currency, description, metadata };
		return adjustBalance(state, customer, { ...wish, type: 'adjustment' });
	};
}

interface Adjustment {
	amount: number;
	currency: string;
	type: string;
	description?: string | null;
	metadata?: Record<string, string>;
	credit_note?: string | null;
	invoice?: string | null;
}

/** A negative amount is a credit for the customer, a positive one a debt. No separate event is emitted. */
export function adjustBalance(
	state: StripeState,
	customer: Customer,
	wish: Adjustment,
): CustomerBalanceTransaction {
	const balance = Number(customer.balance) + wish.amount;
	Object.assign(customer, { balance, currency: customer.currency ?? wish.currency });
	state.customers.save(customer);
	const one = {
		id: state.newId('cbtxn'),
		object: 'customer_balance_transaction',
		checkout_session: null,
		created: state.seconds(),
		credit_note: null,
		customer: customer.id,
		customer_account: null,
		description: null,
		ending_balance: balance,
		invoice: null,
		livemode: state.livemode,
		metadata: {},
		...wish,
	} satisfies Shown<Stripe.CustomerBalanceTransaction, CustomerBalanceTransaction>;
	return transactionsOf(state).save(one);
}

function found({ world, at: { id = '' } }: Call): Customer {
	const customer = world.customers.find(id);
	if (customer === undefined || customer.deleted) throw noSuch('customer', id);
	return customer;
}
