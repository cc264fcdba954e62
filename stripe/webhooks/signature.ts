import Stripe from 'stripe';

import type { StripeEvent } from './event';
import { parseEvent, parseThinEventType } from './event';
import { isTooOld, readSignatureHeader } from './signatureHeader';

export type SignatureFault =
	'no_body' | 'no_signature' | 'not_signed' | 'too_old' | 'no_event' | 'thin_event';

/** A delivery that is not surely Stripe's; it carries neither signature nor secret. */
export class InvalidSignatureError extends Error {
	constructor(
		readonly fault: SignatureFault,
		/** The type of a thin event. */
		readonly eventType = '',
	) {
		super(`The delivery was refused: ${fault}`);
		this.name = 'InvalidSignatureError';
	}
}

/** A delivery as it arrived. */
export interface WebhookDelivery {
	/** The bytes that were signed: what a parser has made of them is not. */
	rawBody: unknown;
	/** The header `Stripe-Signature`. It holds several `v1=` while a secret is rolled. */
	signature: unknown;
}

/**
 * The event of a delivery whose signature was made with one of the secrets. The SDK compares every `v1=` in constant time.
 *
 * @param now Stripe's time, in ms since the epoch: asked for only where the signature is right
 * @throws InvalidSignatureError, and what `now` throws
 */
export async function verifyEvent(
	{ rawBody, signature }: WebhookDelivery,
	secrets: readonly string[],
	now: () => Promise<number>,
): Promise<StripeEvent> {
	if (!(rawBody instanceof Uint8Array) || rawBody.length === 0) throw new InvalidSignatureError('no_body');
	if (typeof signature !== 'string' || signature === '') throw new InvalidSignatureError('no_signature');
	const header = readSignatureHeader(signature);
	if (!header) throw new InvalidSignatureError('not_signed');
	const body = Buffer.from(rawBody).toString('utf8');
	if (!secrets.some((secret) => hasValidSignature(body, header.text, secret)))
		throw new InvalidSignatureError('not_signed');
	if (isTooOld(header, await now())) throw new InvalidSignatureError('too_old');
	const event = parseEvent(body);
	if (event) return event;
	const thinType = parseThinEventType(body);
	if (thinType === undefined) throw new InvalidSignatureError('no_event');
	throw new InvalidSignatureError('thin_event', thinType);
}

function hasValidSignature(body: string, header: string, secret: string): boolean {
	// Zero is no tolerance at all to the SDK, but "any age".
	const anyAge = 0;
	try {
		Stripe.webhooks.signature?.verifyHeader(body, header, secret, anyAge);
		return Stripe.webhooks.signature !== null;
	} catch (error) {
		if (error instanceof Stripe.errors.StripeSignatureVerificationError) return false;
		throw error;
	}
}

/** Signing secrets in a text that a person filled in: several are there while one is rolled, or for several endpoints. */
export function parseSigningSecrets(text: string): string[] {
	return text.split(/[\s,;]+/).filter((secret) => secret !== '');
}
