import type { Params } from '../ledger/model/request';
import type { RequestedSpend } from '../ledger/rules/intent';
import type { MeasuredOperation } from './expectedSpend';
import type { IntentOperation } from './intentOperations';
import { readCustomer, readMinor as parseAmount, toTextOrEmpty } from './spendFacts';
import type { Read } from './spendFacts';

/** What a write would move, as far as its request tells; `object` is what it acts on. */
interface SpendRequest {
	operation: NamedOperation;
	path: string;
	params: Params;
}

type ReadObject = Record<string, unknown>;

/** Those whose request, or the object that they act on, names the amount that is sent. */
type NamedOperation = Exclude<IntentOperation, MeasuredOperation>;

/** What a request with a token would move, and what has to be added to it so that it moves exactly that. */
export interface CheckedSpend {
	requestedSpend: RequestedSpend;
	/** The amount that was read where the request names none; empty otherwise. Part of every send of the attempt. */
	frozen: Params;
}

type RequestedMove = Omit<RequestedSpend, 'operation' | 'isFrozen'> & { freezeAs?: string };

/** How much each operation moves, and for whom: a row for everything that a token can be given for. */
const SPEND_READERS: Readonly<
	Record<NamedOperation, (request: SpendRequest, read: Read) => Promise<RequestedMove>>
> = {
	'paymentIntent.create': ({ params }) =>
		Promise.resolve({
			amount: maxAmount(params.amount, params.amount_to_confirm),
			currency: toTextOrEmpty(params.currency),
			customer: readCustomer(params),
		}),
	'paymentIntent.confirm': async ({ path, params }, read) => {
		const intent = await read(objectPath(path));
		return {
			...toTarget(intent),
			amount: maxAmount(intent.amount, params.amount_to_confirm),
			freezeAs: 'amount_to_confirm',
		};
	},
	'paymentIntent.capture': async ({ path, params }, read) => {
		const intent = await read(objectPath(path));
		// What was captured already is asked for again where the first answer was lost: then nothing is left to capture.
		const whole = intent.status === 'succeeded' ? intent.amount_received : intent.amount_capturable;
		const amount = parseAmount(params.amount_to_capture ?? whole);
		return { ...toTarget(intent), amount, freezeAs: 'amount_to_capture' };
	},
	'charge.capture': async ({ path, params }, read) => {
		const charge = await read(objectPath(path));
		return {
			...toTarget(charge),
			amount: parseAmount(params.amount ?? charge.amount),
			freezeAs: 'amount',
		};
	},
	// The whole of it: what it takes off a debt is given away like what it pays back.
	'creditNote.create': async ({ params }, read) => ({
		...toTarget(await read(`/v1/invoices/${toTextOrEmpty(params.invoice)}`)),
		amount: parseAmount(params.amount),
	}),
	// What a customer owes more counts like what is given to them.
	'customerBalance.adjust': ({ path, params }) =>
		Promise.resolve({
			amount: parseAmount(toTextOrEmpty(params.amount).replace(/^-/, '')),
			currency: toTextOrEmpty(params.currency),
			customer: path.split('/')[3],
		}),
	'payout.create': ({ params }) =>
		Promise.resolve({
			amount: parseAmount(params.amount),
			currency: toTextOrEmpty(params.currency),
		}),
	'transfer.create': ({ params }) =>
		Promise.resolve({
			amount: parseAmount(params.amount),
			currency: toTextOrEmpty(params.currency),
			object: toTextOrEmpty(params.destination),
		}),
	'refund.create': async ({ params }, read) => {
		const { charge, payment_intent: intent } = params;
		const paid = await read(
			charge === undefined
				? `/v1/payment_intents/${toTextOrEmpty(intent)}`
				: `/v1/charges/${toTextOrEmpty(charge)}`,
		);
		const amount =
			params.amount === undefined ? await readRefundableAmount(paid, read) : parseAmount(params.amount);
		return { ...toTarget(paid), amount, freezeAs: 'amount' };
	},
};

/**
 * What a request with a token would move: it is held against what was reserved.
 *
 * @param read reads an object in Stripe, and throws where Stripe does not give it
 */
export async function readRequestedSpend(request: SpendRequest, read: Read): Promise<CheckedSpend> {
	const { operation, params } = request;
	const { freezeAs, ...moves } = await SPEND_READERS[operation](request, read);
	if (freezeAs === undefined || params[freezeAs] !== undefined)
		return { requestedSpend: { operation, ...moves }, frozen: {} };
	return {
		requestedSpend: { operation, ...moves, isFrozen: true },
		frozen: { [freezeAs]: String(moves.amount) },
	};
}

/** What of a payment can still be given back: what was received, without what was given back already. */
async function readRefundableAmount(paid: ReadObject, read: Read): Promise<number> {
	const { latest_charge: latest } = paid;
	const charge = typeof latest === 'string' ? await read(`/v1/charges/${latest}`) : paid;
	const [captured, refunded] = [charge.amount_captured, charge.amount_refunded].map(parseAmount);
	// A payment that was never charged has nothing to give back.
	return captured === undefined || refunded === undefined || Number.isNaN(captured - refunded)
		? 0
		: Math.max(captured - refunded, 0);
}

function toTarget(object: ReadObject) {
	const { id, currency } = object;
	return { object: toTextOrEmpty(id), currency: toTextOrEmpty(currency), customer: readCustomer(object) };
}

/** `/v1/payment_intents/pi_1` of `/v1/payment_intents/pi_1/confirm`. */
function objectPath(path: string): string {
	return path.slice(0, path.lastIndexOf('/'));
}

/**
 * Who confirms may name another amount than the payment intent's, e.g. with a surcharge on it
 * (docs.stripe.com/api/payment_intents/confirm).
 */
function maxAmount(amount: unknown, toConfirm: unknown): number {
	return toConfirm === undefined
		? parseAmount(amount)
		: Math.max(parseAmount(amount), parseAmount(toConfirm));
}
