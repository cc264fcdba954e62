/** s: how old a delivery may be, so that nobody delivers again what he has overheard (docs.stripe.com/webhooks#replay-attacks). */
const TOLERANCE_S = 300;

/** A header `Stripe-Signature`, as far as it can be compared. */
export interface SignatureHeader {
	text: string;
	/** s since the epoch */
	signedAt: number;
}

/** One per secret of an endpoint, and there are two while a secret is rolled. */
const MAX_SIGNATURES = 16;

/**
 * The one time of a header, and those of its signatures that can be one: on anything else the SDK throws errors of its own, as
 * if n8n were at fault.
 *
 * @returns undefined where nothing is left to compare
 */
export function readSignatureHeader(header: string): SignatureHeader | undefined {
	const parts = header.split(',').map((part) => part.trim());
	const times = parts.filter((part) => part.startsWith('t='));
	const signatures = parts.filter((part) => /^v1=[0-9a-f]{64}$/.test(part));
	const signedAt = /^t=(\d{1,12})$/.exec(times[0] ?? '')?.[1];
	if (signedAt === undefined || times.length > 1) return undefined;
	if (signatures.length === 0 || signatures.length > MAX_SIGNATURES) return undefined;
	return { text: [`t=${signedAt}`, ...signatures].join(','), signedAt: Number(signedAt) };
}

/** @param now Stripe's time, in ms since the epoch */
export function isTooOld({ signedAt }: SignatureHeader, now: number): boolean {
	return Math.floor(now / 1000) - signedAt > TOLERANCE_S;
}
