import Stripe from 'stripe';

import type { StripeEvent } from './event';
import { parseEvent, parseThinEventType } from './event';
import { isTooOld, readSignatureHeader } from './signatureHeader';

export type SignatureFault =
	'no_body' | 'no_signature' | 'not_signed' | 'too_old' | 'no_event' | 'thin_event';

/** Thrown for a delivery that does not provably come from Stripe. The error contains neither the signature nor the secret. */
export class InvalidSignatureError extends Error {
	constructor(
		readonly fault: SignatureFault,
		/** The event type of a thin event. */
		readonly eventType = '',
	) {
		super(`The delivery was refused: ${fault}`);
		this.name = 'InvalidSignatureError';
	}
}

/** A webhook delivery as it arrived. */
export interface WebhookDelivery {
	/** The signed bytes. A parsed body does not match the signature. */
	rawBody: unknown;
	/** The `Stripe-Signature` header. It has several `v1=` values while a secret is being rolled. */
	signature: unknown;
}

/**
 * Verifies a delivery with any of the secrets and returns its event. The SDK compares every `v1=` in constant time.
 *
 * @param now returns Stripe's time in ms since the epoch. It is called only if the signature is valid
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
	// The SDK treats a tolerance of zero as "any age".
	const anyAge = 0;
	try {
		Stripe.webhooks.signature?.verifyHeader(body, header, secret, anyAge);
		return Stripe.webhooks.signature !== null;
	} catch (error) {
		if (error instanceof Stripe.errors.StripeSignatureVerificationError) return false;
		throw error;
	}
}

/** Reads the signing secrets from a text field. There are several while one is being rolled, or for several endpoints. */
export function parseSigningSecrets(text: string): string[] {
	return text.split(/[\s,;]+/).filter((secret) => secret !== '');
}
