import { containsSecret } from '../api/redact';

/**
 * Longer than any ID that Stripe creates (docs.stripe.com/upgrades#what-changes-does-stripe-consider-to-be-backwards-compatible).
 */
const MAX_ID_LENGTH = 255;

/**
 * Returns whether a text can be a Stripe ID that is safe in a path: it cannot change the path or add parameters, and is not a
 * client secret or key, which look similar.
 */
export function isStripeId(text: string): boolean {
	return /^[A-Za-z0-9_-]+$/.test(text) && text.length <= MAX_ID_LENGTH && !containsSecret(text);
}

/**
 * Returns whether a text can be an ID chosen by a user, as for coupons and products: any text that is a single path segment after
 * `encodeURIComponent`.
 */
export function isOwnId(text: string): boolean {
	// eslint-disable-next-line no-control-regex
	const isOneName = !/[/\\?#\u0000-\u001F\u007F]/.test(text) && !/^\.*$/.test(text);
	return isOneName && text.isWellFormed() && text.length <= MAX_ID_LENGTH && !containsSecret(text);
}

/** Returns whether a text is a plain API path: without parameters, `..` segments or secrets. */
export function isApiPath(path: string): boolean {
	const [first, ...parts] = path.split('/');
	return (
		first === '' &&
		/^v[12]$/.test(parts[0] ?? '') &&
		parts.length > 1 &&
		parts.every(isPathPart) &&
		!containsSecret(path)
	);
}

/** Only necessary escapes are allowed, because other spellings may resolve to another path. */
function isPathPart(part: string): boolean {
	if (/^[A-Za-z0-9_.-]+$/.test(part)) return !/^\.+$/.test(part);
	const name = decodeIdPart(part);
	return name !== undefined && isOwnId(name) && encodeURIComponent(name) === part;
}

/** Decodes the ID in a path segment; undefined if the segment is not an ID. */
export function decodeIdPart(part: string): string | undefined {
	try {
		return decodeURIComponent(part);
	} catch {
		return undefined;
	}
}
