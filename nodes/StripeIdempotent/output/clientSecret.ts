import type { Time } from '../../../ledger/clock';
import { stopwatch } from '../../../ledger/clock';
import type { Answer } from '../../../stripe/api/client';
import { sendOnce } from '../../../stripe/api/client';
import type { Connection } from '../../../stripe/api/connection';
import { leaseMs, sendUntilKnown } from '../../../stripe/api/retry';
import type { Departure } from '../../shared/run/result';
import type { Options } from '../options';

/** Objects that a customer's browser or app goes on with (docs.stripe.com/api), and where each can be read. */
const COLLECTIONS = new Map([
	['checkout.session', '/v1/checkout/sessions'],
	['payment_intent', '/v1/payment_intents'],
	['setup_intent', '/v1/setup_intents'],
]);

interface Asked {
	connection: Connection;
	options: Options;
}

/**
 * What leaves, with the client secret of its object where that was asked for. It is read from Stripe each time, also where
 * the ledger has answered: it goes into the item, and never through an outcome, which the ledger keeps.
 */
export async function withClientSecret(
	leaving: Departure,
	{ connection, options }: Asked,
	time: Time,
	signal?: AbortSignal,
): Promise<Departure> {
	const path = options.includeClientSecret ? pathOfOnly(leaving) : undefined;
	if (path === undefined) return leaving;
	const { timeoutMs, apiVersion, stripeAccount } = options;
	let clientSecret: string | undefined;
	const read = async () => {
		const answer = await sendOnce(connection, {
			method: 'GET',
			path,
			timeoutMs,
			apiVersion,
			stripeAccount,
		});
		clientSecret = secretIn(answer);
		return answer;
	};
	// Whatever keeps it from being read, what has succeeded leaves as that.
	const watch = stopwatch(time);
	await sendUntilKnown(read, options, watch.now() + leaseMs(options), watch, signal).catch(() => []);
	return clientSecret === undefined
		? { ...leaving, warning: leaving.warning ?? NOT_READ }
		: { ...leaving, clientSecret };
}

const NOT_READ =
	'The client secret could not be read from Stripe now. Run it again later with the same item: nothing is sent twice.';

/** @returns undefined where nothing has succeeded, where several objects leave, or where the object has no client secret */
function pathOfOnly({ outcome, objects }: Departure): string | undefined {
	const [object, ...others] = objects;
	if (outcome !== 'succeeded' || !object || others.length > 0) return undefined;
	const collection = typeof object.object === 'string' ? COLLECTIONS.get(object.object) : undefined;
	const { id } = object;
	if (collection === undefined || typeof id !== 'string' || !/^\w+$/.test(id)) return undefined;
	return `${collection}/${id}`;
}

function secretIn(answer: Answer): string | undefined {
	const secret = answer.kind === 'object' ? answer.body.client_secret : undefined;
	return typeof secret === 'string' ? secret : undefined;
}
