import type { TimeSource } from '../../../ledger/clock';
import type { StripeResponse } from '../../../stripe/api/client';
import type { ReadRequest } from '../../../stripe/api/reads';
import { sendRead } from '../../../stripe/api/reads';
import type { ItemResult } from '../../shared/run/result';
import type { Options } from '../options';

/** Objects that a customer's browser or app continues with (docs.stripe.com/api), and their collections. */
const SECRET_COLLECTIONS = new Map([
	['checkout.session', '/v1/checkout/sessions'],
	['payment_intent', '/v1/payment_intents'],
	['setup_intent', '/v1/setup_intents'],
]);

/**
 * Adds the client secret of the object to a result, if it was requested. It is read from Stripe each time, even if the ledger
 * answered, and goes directly into the item: outcomes are stored in the ledger.
 */
export async function addClientSecret(
	result: ItemResult,
	request: ReadRequest & { options: Options },
	time: TimeSource,
): Promise<ItemResult> {
	const path = request.options.includeClientSecret ? getOnlyObjectPath(result) : undefined;
	if (path === undefined) return result;
	let clientSecret: string | undefined;
	// A success stays a success if the secret cannot be read.
	await sendRead(request, path, time, (response) => (clientSecret = readClientSecret(response))).catch(
		() => undefined,
	);
	return clientSecret === undefined
		? { ...result, warning: result.warning ?? NOT_READ }
		: { ...result, secretFields: { client_secret: clientSecret } };
}

const NOT_READ =
	'The client secret could not be read from Stripe. Retry later with the same item. Nothing is sent twice.';

/** @returns undefined unless exactly one object with a client secret was returned */
function getOnlyObjectPath({ outcome, objects }: ItemResult): string | undefined {
	const [object, ...others] = objects;
	if (outcome !== 'succeeded' || !object || others.length > 0) return undefined;
	const collection = typeof object.object === 'string' ? SECRET_COLLECTIONS.get(object.object) : undefined;
	const { id } = object;
	if (collection === undefined || typeof id !== 'string' || !/^\w+$/.test(id)) return undefined;
	return `${collection}/${id}`;
}

function readClientSecret(response: StripeResponse): string | undefined {
	const secret = response.kind === 'object' ? response.body.client_secret : undefined;
	return typeof secret === 'string' ? secret : undefined;
}
