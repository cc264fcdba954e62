import { containsSecret } from '../api/redact';

/** Longer than any ID of Stripe's (docs.stripe.com/upgrades#what-changes-does-stripe-consider-to-be-backwards-compatible). */
const MAX_ID_LENGTH = 255;

/**
 * Whether a text can be the ID of an object in Stripe, safe to stand in a path: it leads to no other path, carries no
 * parameters, and is no client secret or key, which look like an ID at first sight.
 */
export function isStripeId(text: string): boolean {
	return /^[A-Za-z0-9_-]+$/.test(text) && text.length <= MAX_ID_LENGTH && !containsSecret(text);
}

/**
 * Whether a text can be the ID of an object that people name themselves, as of coupons and products: any text that names one
 * object in a path, once it is written there by `encodeURIComponent`.
 */
export function isOwnId(text: string): boolean {
	// eslint-disable-next-line no-control-regex
	const isOneName = !/[/\\?#\u0000-\u001F\u007F]/.test(text) && !/^\.*$/.test(text);
	return isOneName && text.isWellFormed() && text.length <= MAX_ID_LENGTH && !containsSecret(text);
}

/** Whether a text is a path of the API that leads where it says: without parameters, steps back and secrets. */
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

/** An escape stands only where it has to: what is written otherwise may lead elsewhere. */
function isPathPart(part: string): boolean {
	if (/^[A-Za-z0-9_.-]+$/.test(part)) return !/^\.+$/.test(part);
	const name = decodeIdPart(part);
	return name !== undefined && isOwnId(name) && encodeURIComponent(name) === part;
}

/** The ID that a part of a path names; undefined for what names none. */
export function decodeIdPart(part: string): string | undefined {
	try {
		return decodeURIComponent(part);
	} catch {
		return undefined;
	}
}
