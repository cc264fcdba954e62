/** The maximum age of a delivery in s, against replay attacks (docs.stripe.com/webhooks#replay-attacks). */
const TOLERANCE_S = 300;

/** The comparable parts of a `Stripe-Signature` header. */
export interface SignatureHeader {
	text: string;
	/** s since the epoch */
	signedAt: number;
}

/** An endpoint has one secret, or two while it is being rolled, so this is ample. */
const MAX_SIGNATURES = 16;

/**
 * Parses a header into its one time and its well-formed signatures. On anything else the SDK throws errors of its own, which
 * would look like a fault of n8n.
 *
 * @returns undefined if there is nothing to compare
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
