import type { Time } from '../../ledger/clock';
import { sendOnce } from './client';
import type { Connection } from './connection';
import type { StripeTime } from './stripeTime';
import { stripeTimeOf } from './stripeTime';

const TIMEOUT_MS = 10_000;

/** One answer is enough, but where it contradicts what was known: then two have to agree. */
const MOST_QUESTIONS = 2;

/** What is being asked, so that many who want to know at once ask once. */
const asked = new WeakMap<StripeTime, Promise<void>>();

/**
 * Stripe's time; where it is not known, Stripe is asked. Whatever Stripe answers will do, a refusal too.
 *
 * @param time of the host
 * @returns ms since the epoch; undefined where Stripe does not answer now
 */
export async function askTime(connection: Connection, time: Time): Promise<number | undefined> {
	const stripeTime = stripeTimeOf(connection, time);
	if (stripeTime.now() === undefined) {
		const asking = asked.get(stripeTime) ?? ask(connection, time, stripeTime);
		asked.set(stripeTime, asking);
		await asking.finally(() => asked.delete(stripeTime));
	}
	return stripeTime.now();
}

async function ask(connection: Connection, time: Time, stripeTime: StripeTime): Promise<void> {
	const question = { method: 'GET', path: '/v1/account', timeoutMs: TIMEOUT_MS } as const;
	for (let n = 0; n < MOST_QUESTIONS && stripeTime.now() === undefined; n++)
		await sendOnce(connection, question, time);
}
