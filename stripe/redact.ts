/** What stands where a secret stood. */
export const HIDDEN = '[hidden]';

/** Fields of Stripe objects and parameters that nobody may read in an output, a log or the ledger. */
const SECRET_FIELDS = new Set([
	...['client_secret', 'secret', 'ephemeral_key_secret'],
	...['cvc', 'account_number', 'iban', 'id_number', 'ssn_last_4'],
]);

/** A card's number is called just `number`; so are harmless things (an invoice's). 12 to 19 digits tell them apart. */
const CARD_NUMBER = /^\d(?:[ -]?\d){11,18}$/;

/** Secrets inside of texts: client secrets in URLs, API keys and signing secrets in messages. */
const SECRET_TEXTS =
	/\b(?:[a-z]{2,8}_[A-Za-z0-9]+_secret_[A-Za-z0-9]+|(?:sk|rk)_(?:live|test)_\w+|whsec_\w+)/g;

/** A copy in which every secret is hidden or, where it is a field of an answer, left out by name. */
export function withoutSecrets<T>(value: T): T {
	return hide(value) as T;
}

function hide(value: unknown): unknown {
	if (typeof value === 'string') return value.replace(SECRET_TEXTS, HIDDEN);
	if (Array.isArray(value)) return value.map(hide);
	if (typeof value !== 'object' || value === null) return value;
	return Object.fromEntries(
		Object.entries(value).map(([name, inner]: [string, unknown]) => [name, hideField(name, inner)]),
	);
}

function hideField(name: string, value: unknown): unknown {
	if (value === null || value === undefined || value === '') return value;
	if (SECRET_FIELDS.has(name) && typeof value !== 'object') return HIDDEN;
	if (name === 'number' && isCardNumber(value)) return HIDDEN;
	return hide(value);
}

function isCardNumber(value: unknown): boolean {
	return (typeof value === 'string' || typeof value === 'number') && CARD_NUMBER.test(String(value));
}
