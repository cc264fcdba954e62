import type { Params } from '../../../ledger/model/request';
import type { Spending } from '../../../ledger/rules/intent';
import type { IntentOperation } from '../../shared/stripe/intentOperations';
import { intentOperations } from '../../shared/stripe/intentOperations';
import { Refusal } from '../../shared/run/error';

/** What a write would move, as far as its request tells; `object` is what it acts on. */
interface Request {
	/** Resource and operation: `refund.create`. */
	name: string;
	path: string;
	params: Params;
}

type StripeObject = Record<string, unknown>;

/** Reads an object in Stripe. @throws NotSent where Stripe does not give it */
type Read = (path: string) => Promise<StripeObject>;

/** What a request with a token would move, and what has to be added to it so that it moves exactly that. */
export interface CheckedSpending {
	spending: Spending;
	/** The amount that was read where the request names none; empty otherwise. Part of every send of the attempt. */
	frozen: Params;
}

type Moves = Omit<Spending, 'operation' | 'isFrozen'> & { freezeAs?: string };

/** How much each operation moves, and for whom: a row for everything that a token can be given for. */
const SPENDING: Readonly<Record<IntentOperation, (request: Request, read: Read) => Promise<Moves>>> = {
	'paymentIntent.create': ({ params }) =>
		Promise.resolve({
			amount: largest(params.amount, params.amount_to_confirm),
			currency: textOf(params.currency),
			customer: customerIn(params),
		}),
	'paymentIntent.confirm': async ({ path, params }, read) => {
		const intent = await read(objectPath(path));
		return {
			...ofObject(intent),
			amount: largest(intent.amount, params.amount_to_confirm),
			freezeAs: 'amount_to_confirm',
		};
	},
	'paymentIntent.capture': async ({ path, params }, read) => {
		const intent = await read(objectPath(path));
		// What was captured already is asked for again where the first answer was lost: then nothing is left to capture.
		const whole = intent.status === 'succeeded' ? intent.amount_received : intent.amount_capturable;
		const amount = amountIn(params.amount_to_capture ?? whole);
		return { ...ofObject(intent), amount, freezeAs: 'amount_to_capture' };
	},
	'charge.capture': async ({ path, params }, read) => {
		const charge = await read(objectPath(path));
		return { ...ofObject(charge), amount: amountIn(params.amount ?? charge.amount), freezeAs: 'amount' };
	},
	'refund.create': async ({ params }, read) => {
		const { charge, payment_intent: intent } = params;
		const paid = await read(
			charge === undefined ? `/v1/payment_intents/${textOf(intent)}` : `/v1/charges/${textOf(charge)}`,
		);
		const amount = params.amount === undefined ? await leftOf(paid, read) : amountIn(params.amount);
		return { ...ofObject(paid), amount, freezeAs: 'amount' };
	},
};

/**
 * What a request with a token would move: it is held against what was reserved.
 *
 * @throws Refusal for an operation that no token can be given for; NotSent where an object cannot be read
 */
export async function spendingOf(request: Request, read: Read): Promise<CheckedSpending> {
	const operation = intentOperations.find((name) => name === request.name);
	if (operation) {
		const { freezeAs, ...moves } = await SPENDING[operation](request, read);
		if (freezeAs === undefined || request.params[freezeAs] !== undefined)
			return { spending: { operation, ...moves }, frozen: {} };
		return {
			spending: { operation, ...moves, isFrozen: true },
			frozen: { [freezeAs]: String(moves.amount) },
		};
	}
	throw new Refusal(
		'A token',
		'cannot be used for this operation',
		`Tokens are given for ${intentOperations.join(', ')}.`,
		'blocked',
	);
}

/** What of a payment can still be given back: what was received, without what was given back already. */
async function leftOf(paid: StripeObject, read: Read): Promise<number> {
	const { latest_charge: latest } = paid;
	const charge = typeof latest === 'string' ? await read(`/v1/charges/${latest}`) : paid;
	const [captured, refunded] = [charge.amount_captured, charge.amount_refunded].map(amountIn);
	// A payment that was never charged has nothing to give back.
	return captured === undefined || refunded === undefined || Number.isNaN(captured - refunded)
		? 0
		: Math.max(captured - refunded, 0);
}

function ofObject(object: StripeObject) {
	const { id, currency } = object;
	return { object: textOf(id), currency: textOf(currency), customer: customerIn(object) };
}

/** Newer integrations name an account in the place of a customer (docs.stripe.com/api/payment_intents/create). */
function customerIn({ customer, customer_account: account }: StripeObject): string | undefined {
	const owner =
		typeof customer === 'object' && customer !== null ? (customer as StripeObject).id : customer;
	return optionalText(owner) ?? optionalText(account);
}

/** `/v1/payment_intents/pi_1` of `/v1/payment_intents/pi_1/confirm`. */
function objectPath(path: string): string {
	return path.slice(0, path.lastIndexOf('/'));
}

function optionalText(value: unknown): string | undefined {
	return textOf(value) || undefined;
}

function textOf(value: unknown): string {
	return typeof value === 'string' ? value : '';
}

/**
 * Who confirms may name another amount than the payment intent's, e.g. with a surcharge on it
 * (docs.stripe.com/api/payment_intents/confirm).
 */
function largest(amount: unknown, toConfirm: unknown): number {
	return toConfirm === undefined ? amountIn(amount) : Math.max(amountIn(amount), amountIn(toConfirm));
}

/** Minor units. What is no whole number fits no reservation. */
function amountIn(value: unknown): number {
	const amount = typeof value === 'string' && value === '' ? NaN : Number(value);
	return Number.isSafeInteger(amount) && amount >= 0 ? amount : NaN;
}
