import Stripe from 'stripe';

import type { StripeEvent } from './event';
import { eventIn } from './event';

/** s: how old a delivery may be, so that nobody delivers again what he has overheard (docs.stripe.com/webhooks#replay-attacks). */
const TOLERANCE_S = 300;

export type SignatureFault = 'no_body' | 'no_signature' | 'not_signed' | 'too_old' | 'no_event';

/** A delivery that is not surely Stripe's; it carries neither signature nor secret. */
export class SignatureRefusal extends Error {
	constructor(readonly fault: SignatureFault) {
		super(`The delivery was refused: ${fault}`);
		this.name = 'SignatureRefusal';
	}
}

/** A delivery as it arrived. */
export interface Delivery {
	/** The bytes that were signed: what a parser has made of them is not. */
	rawBody: unknown;
	/** The header `Stripe-Signature`. It holds several `v1=` while a secret is rolled. */
	signature: unknown;
}

/**
 * The event of a delivery whose signature was made with one of the secrets. The SDK compares every `v1=` in constant time.
 *
 * @param receivedAt ms since the epoch
 * @throws SignatureRefusal
 */
export function verifiedEvent(
	{ rawBody, signature }: Delivery,
	secrets: readonly string[],
	receivedAt: number,
): StripeEvent {
	if (!(rawBody instanceof Uint8Array) || rawBody.length === 0) throw new SignatureRefusal('no_body');
	if (typeof signature !== 'string' || signature === '') throw new SignatureRefusal('no_signature');
	const body = Buffer.from(rawBody).toString('utf8');
	const isSignedBy = (secret: string, tolerance: number) =>
		isSigned(body, signature, secret, tolerance, receivedAt);
	if (!secrets.some((secret) => isSignedBy(secret, TOLERANCE_S))) {
		// Zero is no tolerance at all to the SDK, but "any age".
		const isOld = secrets.some((secret) => isSignedBy(secret, 0));
		throw new SignatureRefusal(isOld ? 'too_old' : 'not_signed');
	}
	const event = eventIn(body);
	if (!event) throw new SignatureRefusal('no_event');
	return event;
}

function isSigned(
	body: string,
	header: string,
	secret: string,
	tolerance: number,
	receivedAt: number,
): boolean {
	try {
		Stripe.webhooks.signature?.verifyHeader(body, header, secret, tolerance, undefined, receivedAt);
		return Stripe.webhooks.signature !== null;
	} catch (error) {
		if (error instanceof Stripe.errors.StripeSignatureVerificationError) return false;
		throw error;
	}
}

/** Signing secrets in a text that a person filled in: several are there while one is rolled, or for several endpoints. */
export function secretsIn(text: string): string[] {
	return text.split(/[\s,;]+/).filter((secret) => secret !== '');
}
