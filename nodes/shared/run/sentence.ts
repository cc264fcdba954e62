import type { Outcome } from '../../../ledger/model/entry';

/** Ends a text with a full stop if it has none, because the next step follows it. */
export function endSentence(text: string): string {
	return text === '' || /[.!?…]$/.test(text) ? text : `${text}.`;
}

/** Messages of Stripe's that only repeat ours. */
const SAID_ALREADY =
	/^(?:Your card was declined\.\s*|The provided key .*does not have the required permissions .*)/s;

/** Outcomes whose own message is complete. For a key that is in use, Stripe suggests another key, which would pay twice. */
const SAYS_ALL: ReadonlySet<string> = new Set(['busy', 'conflict', 'rate_limited']);

/** Returns Stripe's message if it adds something, or the reason why a request was not sent. */
export function quoteStripeMessage(kind: string, { statusCode, message = '' }: Partial<Outcome>): string {
	const isStripes = statusCode !== undefined;
	if (isStripes && SAYS_ALL.has(kind)) return '';
	return isStripes ? message.trim().replace(SAID_ALREADY, '') : message.trim();
}
