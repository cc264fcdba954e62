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

/** Whether a text is a path of the API that leads where it says: without parameters, steps back, escapes and secrets. */
export function isApiPath(path: string): boolean {
	const [first, ...parts] = path.split('/');
	const isPart = (part: string) => /^[A-Za-z0-9_.-]+$/.test(part) && !/^\.+$/.test(part);
	return (
		first === '' &&
		/^v[12]$/.test(parts[0] ?? '') &&
		parts.length > 1 &&
		parts.every(isPart) &&
		!containsSecret(path)
	);
}
