import type { Outcome } from '../../../ledger/model/entry';

/** What happened is a sentence of its own: what to do next follows it, and Stripe's own words end with a full stop or without. */
export function endSentence(text: string): string {
	return text === '' || /[.!?…]$/.test(text) ? text : `${text}.`;
}

/** Sentences of Stripe's that say what the message says already. */
const SAID_ALREADY =
	/^(?:Your card was declined\.\s*|The provided key .*does not have the required permissions .*)/s;

/** What the outcome itself says in full. Of a key that is in use or taken, Stripe advises another one: that would pay twice. */
const SAYS_ALL: ReadonlySet<string> = new Set(['busy', 'conflict', 'rate_limited']);

/** Stripe's own words, where they add something; also words about what kept a request from being sent. */
export function quoteStripeMessage(kind: string, { statusCode, message = '' }: Partial<Outcome>): string {
	const isStripes = statusCode !== undefined;
	if (isStripes && SAYS_ALL.has(kind)) return '';
	return isStripes ? message.trim().replace(SAID_ALREADY, '') : message.trim();
}
