import { isCardNumber, maskCardNumbers } from './cardNumber';

/** Replaces a secret. */
export const REDACTED = '[hidden]';

/** More levels than any Stripe object has; deeper nesting would overflow the stack of recursive functions. */
const MAX_DEPTH = 100;

/** Replaces values that are nested deeper than that. */
export const TOO_DEEPLY_NESTED = '[nested too deeply]';

/** Fields of Stripe objects and parameters that must never be in an output, a log or the ledger. */
const SECRET_FIELDS = new Set([
	'client_secret',
	'secret',
	'ephemeral_key_secret',
	'cvc',
	'account_number',
	'iban',
	'id_number',
	'ssn_last_4',
]);

/** Kinds of objects whose address lets in whoever has it (docs.stripe.com/api): nobody else may read it. */
const LOGIN_KINDS = new Set(['account_link', 'billing_portal.session', 'login_link']);

/** Of a secret: none is as long. Without an end, a text of some megabytes would fill the stack of the search. */
const UP_TO_THE_END = '{1,5000}';

/**
 * Secrets inside of texts: client secrets in URLs, API keys and signing secrets in messages. What stands before them may be
 * a letter, where an address is escaped: `%3Dpi_1_secret_2`.
 */
const SECRET_TEXT = [
	`[a-z]{2,8}_[A-Za-z0-9]{1,255}_secret_[\\w%-]${UP_TO_THE_END}`,
	// Sessions of accounts and of customers have no ID in their secrets.
	`[a-z]{2,8}_secret_[\\w%-]${UP_TO_THE_END}`,
	`(?:(?<![a-z])|(?<=%[0-9a-f]{2}))(?:(?:sk|rk|ek)_(?:live|test)_|sk_org_)\\w${UP_TO_THE_END}`,
	`whsec_[\\w+/=-]${UP_TO_THE_END}`,
	`https://billing\\.stripe\\.com/(?:p/)?session/[\\w%/?=&.-]${UP_TO_THE_END}`,
	`https://connect\\.stripe\\.com/(?:setup|express)/[\\w%/?=&.-]${UP_TO_THE_END}`,
].join('|');
const SECRET_TEXTS = new RegExp(SECRET_TEXT, 'g');
const ANY_SECRET = new RegExp(SECRET_TEXT);

/** One of these is in each of them, and in few texts else: to look for these takes a fraction of the time. */
const MAY_BE_SECRET = /_|:\/\//;

function hideSecretTexts(text: string): string {
	return MAY_BE_SECRET.test(text) ? text.replace(SECRET_TEXTS, REDACTED) : text;
}

/** Whether a key, a signing secret or a client secret stands in a text: such a text is no ID and no name of anything. */
export function containsSecret(text: string): boolean {
	return MAY_BE_SECRET.test(text) && ANY_SECRET.test(text);
}

/**
 * A copy without secrets: those in texts are replaced, fields that hold one are removed. At most 100 levels deep, so that
 * recursive code that gets it next terminates.
 */
export function redactSecrets<T>(value: T): T {
	return redactValue(value, MAX_DEPTH) as T;
}

/** Nobody reads more than that, and to look for cards in it takes time. */
const MAX_MESSAGE_LENGTH = 20_000;

/** Digits at the cut may be the first half of a card number. */
const TRIMMED_AT_CUT = 100;

/**
 * A message for people without secrets, and without a card number that somebody put into a wrong field. Longer texts are cut off
 * with "…".
 */
export function redactMessage(message: string): string {
	const redacted = maskCardNumbers(redactSecrets(message.slice(0, MAX_MESSAGE_LENGTH)), REDACTED);
	return message.length <= MAX_MESSAGE_LENGTH ? redacted : `${redacted.slice(0, -TRIMMED_AT_CUT)}…`;
}

function redactValue(value: unknown, levels: number): unknown {
	if (typeof value === 'string') return hideSecretTexts(value);
	if (typeof value !== 'object' || value === null) return value;
	if (levels === 0) return TOO_DEEPLY_NESTED;
	if (Array.isArray(value)) return value.map((element: unknown) => redactValue(element, levels - 1));
	const isLogin = 'object' in value && LOGIN_KINDS.has(String(value.object));
	return Object.fromEntries(
		Object.entries(value).map(([name, inner]: [string, unknown]) => [
			name,
			isLogin && name === 'url' ? REDACTED : redactField(name, inner, levels - 1),
		]),
	);
}

function redactField(name: string, value: unknown, levels: number): unknown {
	if (value === null || value === undefined || value === '') return value;
	if (Array.isArray(value) && levels > 0)
		return value.map((element: unknown) => redactField(name, element, levels - 1));
	// Metadata is the user's own: an order number may be called `number` there.
	if (name === 'metadata') return redactMetadata(value, levels);
	const field = getFieldName(name);
	if (SECRET_FIELDS.has(field) && typeof value !== 'object') return REDACTED;
	if (field === 'number' && isCardNumber(value)) return REDACTED;
	return redactValue(value, levels);
}

function redactMetadata(value: unknown, levels: number): unknown {
	if (typeof value !== 'object' || value === null || levels === 0) return redactValue(value, levels);
	return Object.fromEntries(
		Object.entries(value).map(([name, text]: [string, unknown]) => [name, redactValue(text, levels - 1)]),
	);
}

/** Parameters may be written flat, `card[number]`, and differences are: `card.number`. */
function getFieldName(name: string): string {
	return (
		name
			.split(/[[\].]/)
			.filter(Boolean)
			.at(-1) ?? name
	);
}
