import type Stripe from 'stripe';

import { noSuch, unexpectedState } from '../errors';
import { listing } from '../lists';
import { findInPath, reading } from '../lookup';
import type { SimulatedObject } from '../objects';
import { ObjectStore } from '../collection';
import * as given from '../parameters';
import { ALWAYS_ALLOWED, LIST_PARAMETERS, type Call, type Route, type RouteHandler } from '../route';
import type { ParameterNames, Shown } from '../sdkTypes';
import { connectedAccountsOf } from './account';
import { addToBalance, requireBalance } from './balance';

interface Reversal extends SimulatedObject {
	object: 'transfer_reversal';
	amount: number;
	currency: string;
	transfer: string;
	metadata: Record<string, string>;
}

interface Transfer extends SimulatedObject {
	object: 'transfer';
	amount: number;
	amount_reversed: number;
	currency: string;
	destination: string;
	reversed: boolean;
	reversals: { object: 'list'; data: Reversal[]; has_more: boolean; url: string };
	source_transaction: string | null;
	transfer_group: string | null;
	metadata: Record<string, string>;
}

const PATH = '/v1/transfers';
const CREATE = [
	'amount',
	'currency',
	'description',
	'destination',
	'metadata',
	'source_transaction',
	'source_type',
	'transfer_group',
	...ALWAYS_ALLOWED,
] as const satisfies ParameterNames<Stripe.TransferCreateParams>;
const REVERSE = [
	'amount',
	'description',
	'metadata',
	'refund_application_fee',
	...ALWAYS_ALLOWED,
] as const satisfies ParameterNames<Stripe.TransferCreateReversalParams>;

const transfersOf = ({ world }: Call) => world.other<Transfer>('transfers');
const found = (call: Call) => findInPath(call, transfersOf, 'transfer');

export const transferRoutes: readonly Route[] = [
	{ method: 'POST', path: PATH, parameters: CREATE, prepare: create },
	{
		method: 'GET',
		path: PATH,
		parameters: [
			...LIST_PARAMETERS,
			'destination',
			'transfer_group',
		] satisfies ParameterNames<Stripe.TransferListParams>,
		prepare: (call) => {
			const destination = given.readText(call.params, 'destination');
			const group = given.readText(call.params, 'transfer_group');
			return listing(
				call,
				transfersOf(call),
				(transfer) =>
					(destination ?? transfer.destination) === transfer.destination &&
					(group ?? transfer.transfer_group) === transfer.transfer_group,
			);
		},
	},
	reading(PATH, transfersOf, 'transfer'),
	{
		method: 'POST',
		path: `${PATH}/:id`,
		parameters: [
			'description',
			'metadata',
			...ALWAYS_ALLOWED,
		] satisfies ParameterNames<Stripe.TransferUpdateParams>,
		prepare: update,
	},
	{ method: 'POST', path: `${PATH}/:id/reversals`, parameters: REVERSE, prepare: reverse },
	{
		method: 'GET',
		path: `${PATH}/:id/reversals`,
		// Transfers have no filters, not even by time.
		parameters: ['limit', 'starting_after', 'ending_before', ...ALWAYS_ALLOWED],
		prepare: (call) => listing(call, reversalsOf(call, found(call))),
	},
];

function create(call: Call): RouteHandler {
	const { params, world: state } = call;
	const destination = given.requireText(params, 'destination');
	const source = given.readText(params, 'source_transaction');
	const { amount, currency } = given.requireMoney(params);
	const metadata = given.mergeMetadata({}, given.readMetadata(params));
	return () => {
		if (connectedAccountsOf(state).find(destination) === undefined)
			throw noSuch('destination', destination, 'destination', 400);
		const charge = source === undefined ? undefined : state.charges.find(source);
		if (source !== undefined && charge === undefined)
			throw noSuch('charge', source, 'source_transaction', 400);
		if (charge === undefined) requireBalance(state, amount, currency);
		else if (amount > charge.amount_captured) {
			const message = `Transfers using this transaction as a source must not exceed the source amount of ${charge.amount_captured}.`;
			throw unexpectedState(message, 'transfers_not_allowed', { param: 'amount' });
		}
		const transfer = newTransfer(call, { amount, currency, destination, metadata });
		transfersOf(call).save(transfer);
		state.record('transfer.created', transfer, call.cause);
		return transfer;
	};
}

function newTransfer(
	{ params, world: state }: Call,
	wish: Pick<Transfer, 'amount' | 'currency' | 'destination' | 'metadata'>,
): Transfer {
	const id = state.newId('tr');
	const { amount, currency } = wish;
	return {
		id,
		object: 'transfer',
		amount_reversed: 0,
		balance_transaction: addToBalance(state, { type: 'transfer', amount: -amount, currency, source: id }),
		created: state.seconds(),
		description: given.readText(params, 'description') ?? null,
		destination_payment: state.newId('py'),
		livemode: state.livemode,
		reversals: { object: 'list', data: [], has_more: false, url: `${PATH}/${id}/reversals` },
		reversed: false,
		source_transaction: given.readText(params, 'source_transaction') ?? null,
		source_type: 'card',
		transfer_group: given.readText(params, 'transfer_group') ?? null,
		...wish,
	} satisfies Shown<Stripe.Transfer, Transfer>;
}

function update(call: Call): RouteHandler {
	const transfer = found(call);
	const metadata = given.readMetadata(call.params);
	return () => {
		transfer.description = given.readText(call.params, 'description') ?? transfer.description;
		transfer.metadata = given.mergeMetadata(transfer.metadata, metadata);
		call.world.record('transfer.updated', transfersOf(call).save(transfer), call.cause);
		return transfer;
	};
}

function reverse(call: Call): RouteHandler {
	const { params, world: state } = call;
	const transfer = found(call);
	const wanted = given.readAmount(params, 'amount', transfer.currency);
	const metadata = given.mergeMetadata({}, given.readMetadata(params));
	return () => {
		const left = transfer.amount - transfer.amount_reversed;
		const amount = wanted ?? left;
		if (left === 0 || amount > left) {
			const message = `You are attempting to reverse more than this transfer's unreversed amount of ${left}.`;
			throw unexpectedState(message, 'transfers_not_allowed', { param: 'amount' });
		}
		const id = state.newId('trr');
		const { currency } = transfer;
		const reversal = {
			id,
			object: 'transfer_reversal',
			amount,
			balance_transaction: addToBalance(state, {
				type: 'transfer_refund',
				amount,
				currency,
				source: id,
			}),
			created: state.seconds(),
			currency,
			destination_payment_refund: state.newId('pyr'),
			metadata,
			source_refund: null,
			transfer: transfer.id,
		} satisfies Shown<Stripe.TransferReversal, Reversal>;
		transfer.amount_reversed += amount;
		transfer.reversed = transfer.amount_reversed === transfer.amount;
		transfer.reversals.data.unshift(reversal);
		state.record('transfer.reversed', transfersOf(call).save(transfer), call.cause);
		return reversal;
	};
}

function reversalsOf({ world }: Call, { reversals }: Transfer): ObjectStore<Reversal> {
	const store = new ObjectStore<Reversal>({ now: () => world.seconds() * 1000 });
	for (const reversal of reversals.data.toReversed()) store.save(reversal);
	return store;
}
