import type { Params } from '../ledger/model/request';
import type { RequestedSpend } from '../ledger/rules/intent';
import type { MeasuredOperation } from './expectedSpend';
import type { IntentOperation } from './intentOperations';
import { readCustomer, readMinor as parseAmount, toTextOrEmpty } from './spendFacts';
import type { Read } from './spendFacts';

/** A write, with everything that determines what it moves. `object` is the object it acts on. */
interface SpendRequest {
	operation: NamedOperation;
	path: string;
	params: Params;
}

type ReadObject = Record<string, unknown>;

/** Operations whose request or object contains the amount. */
type NamedOperation = Exclude<IntentOperation, MeasuredOperation>;

/** What a request with a token would move, and the parameters to add so that it moves exactly that. */
export interface CheckedSpend {
	requestedSpend: RequestedSpend;
	/** The amount that was read, if the request names none; otherwise empty. Every send of the attempt includes it. */
	frozen: Params;
}

type RequestedMove = Omit<RequestedSpend, 'operation' | 'isFrozen'> & { freezeAs?: string };

/** How much each operation moves, and for whom: one row for every operation for which a token can be issued. */
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
		// A repeat after a lost response finds nothing left to capture. The captured amount counts then.
		const total = intent.status === 'succeeded' ? intent.amount_received : intent.amount_capturable;
		const amount = parseAmount(params.amount_to_capture ?? total);
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
	// The full amount: reducing a debt gives money away like a refund.
	'creditNote.create': async ({ params }, read) => ({
		...toTarget(await read(`/v1/invoices/${toTextOrEmpty(params.invoice)}`)),
		amount: parseAmount(params.amount),
	}),
	// Increasing what a customer owes counts like a credit.
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
 * Reads what a request with a token would move, to compare it with the reservation.
 *
 * @param read reads an object from Stripe, and throws if Stripe does not return it
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

/** Returns what can still be refunded of a payment: the received amount less earlier refunds. */
async function readRefundableAmount(paid: ReadObject, read: Read): Promise<number> {
	const { latest_charge: latest } = paid;
	const charge = typeof latest === 'string' ? await read(`/v1/charges/${latest}`) : paid;
	const [captured, refunded] = [charge.amount_captured, charge.amount_refunded].map(parseAmount);
	// A payment that was never charged has nothing to refund.
	return captured === undefined || refunded === undefined || Number.isNaN(captured - refunded)
		? 0
		: Math.max(captured - refunded, 0);
}

function toTarget(object: ReadObject) {
	const { id, currency } = object;
	return { object: toTextOrEmpty(id), currency: toTextOrEmpty(currency), customer: readCustomer(object) };
}

/** `/v1/payment_intents/pi_1/confirm` becomes `/v1/payment_intents/pi_1`. */
function objectPath(path: string): string {
	return path.slice(0, path.lastIndexOf('/'));
}

/**
 * A confirmation may contain another amount than the PaymentIntent, e.g. with a surcharge
 * (docs.stripe.com/api/payment_intents/confirm).
 */
function maxAmount(amount: unknown, toConfirm: unknown): number {
	return toConfirm === undefined
		? parseAmount(amount)
		: Math.max(parseAmount(amount), parseAmount(toConfirm));
}
