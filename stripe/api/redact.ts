import { isCardNumber, maskCardNumbers } from './cardNumber';

/** The replacement for a secret. */
export const REDACTED = '[hidden]';

/** More levels than any Stripe object has. Deeper nesting would overflow the stack of recursive functions. */
const MAX_DEPTH = 100;

/** The replacement for values nested more deeply. */
export const TOO_DEEPLY_NESTED = '[nested too deeply]';

/** Fields of Stripe objects and parameters that must never reach an output, a log or the ledger. */
const SECRET_FIELDS = new Set([
	'client_secret',
	'secret',
	'ephemeral_key_secret',
	'signing_secret',
	'password',
	'private_key_file_password',
	'cvc',
	'cvc_token',
	'cryptogram',
	// Of the PIN of an issued card.
	'encrypted_number',
	'account_number',
	'iban',
	'id_number',
	'id_number_secondary',
	'ssn_last_4',
]);

/**
 * Fields that are secret in one kind of object only: URLs that give access to anyone who has them, and the secrets that apps store
 * (docs.stripe.com/api).
 */
const SECRETS_OF_KINDS: ReadonlyMap<unknown, string> = new Map([
	['account_link', 'url'],
	['apps.secret', 'payload'],
	['billing_portal.session', 'url'],
	// docs.stripe.com/api/identity/verification_sessions/object#identity_verification_session_object-url
	['identity.verification_session', 'url'],
	['login_link', 'url'],
]);

/** The same for parameters, by path. */
const SECRETS_OF_PATHS: ReadonlyMap<string, string> = new Map([['/v1/apps/secrets', 'payload']]);

/** Longer than any secret. Without a limit, a text of several megabytes would overflow the stack of the search. */
const UP_TO_THE_END = '{1,5000}';

/**
 * Secrets within texts: client secrets in URLs, API keys and signing secrets in messages. A letter may precede them if the URL is
 * escaped: `%3Dpi_1_secret_2`.
 */
const SECRET_TEXT = [
	`[a-z]{2,8}_[A-Za-z0-9]{1,255}_secret_[\\w%-]${UP_TO_THE_END}`,
	// Secrets of account sessions and customer sessions contain no ID.
	`[a-z]{2,8}_secret_[\\w%-]${UP_TO_THE_END}`,
	`(?:(?<![a-z])|(?<=%[0-9a-f]{2}))(?:(?:sk|rk|ek)_(?:live|test)_|sk_org_)\\w${UP_TO_THE_END}`,
	`whsec_[\\w+/=-]${UP_TO_THE_END}`,
	// An API key in the header of Basic authentication: `sk_live_…:` in base64.
	`(?:c2t|cmt)f(?:bGl2ZV8|dGVzdF8)[\\w+/=-]${UP_TO_THE_END}`,
	`https://verify\\.stripe\\.com/start/[\\w%/?=&.-]${UP_TO_THE_END}`,
	`https://billing\\.stripe\\.com/(?:p/)?session/[\\w%/?=&.-]${UP_TO_THE_END}`,
	`https://connect\\.stripe\\.com/(?:setup|express)/[\\w%/?=&.-]${UP_TO_THE_END}`,
].join('|');
const SECRET_TEXTS = new RegExp(SECRET_TEXT, 'g');
const ANY_SECRET = new RegExp(SECRET_TEXT);

/** Every secret contains one of these, and few other texts do. Testing for them first is much faster. */
const MAY_BE_SECRET = /_|:\/\/|(?:c2t|cmt)f/;

function hideSecretTexts(text: string): string {
	return MAY_BE_SECRET.test(text) ? text.replace(SECRET_TEXTS, REDACTED) : text;
}

/** Returns whether a text contains an API key, a signing secret or a client secret. Such a text is never an ID or a name. */
export function containsSecret(text: string): boolean {
	return MAY_BE_SECRET.test(text) && ANY_SECRET.test(text);
}

/**
 * Returns a copy without secrets: secrets in texts are masked, and fields that hold one are removed. The copy is at most 100
 * levels deep, so that recursive functions can process it.
 */
export function redactSecrets<T>(value: T): T {
	return redactValue(value, MAX_DEPTH) as T;
}

/** Returns the parameters of a request without secrets. */
export function redactParams<T extends object>(path: string, params: T): T {
	const secret = SECRETS_OF_PATHS.get(path.toLowerCase());
	return redactSecrets(
		secret !== undefined && secret in params ? { ...params, [secret]: REDACTED } : params,
	);
}

/** Nobody reads more than this, and searching for card numbers takes time. */
const MAX_MESSAGE_LENGTH = 20_000;

/** Digits at the cut could be the first half of a card number. */
const TRIMMED_AT_CUT = 100;

/**
 * Returns a message without secrets and card numbers, which a user may have put into the wrong field. Longer texts are cut off
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
	const secret = 'object' in value ? SECRETS_OF_KINDS.get(value.object) : undefined;
	return Object.fromEntries(
		Object.entries(value).map(([name, inner]: [string, unknown]) => [
			name,
			name === secret && inner !== null ? REDACTED : redactField(name, inner, levels - 1),
		]),
	);
}

function redactField(name: string, value: unknown, levels: number): unknown {
	if (value === null || value === undefined || value === '') return value;
	if (Array.isArray(value) && levels > 0)
		return value.map((element: unknown) => redactField(name, element, levels - 1));
	// Metadata belongs to the user: an order number may be in a field called `number`.
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

/** Parameters may be written as `card[number]`, and differences as `card.number`. */
function getFieldName(name: string): string {
	if (!/[[\].]/.test(name)) return name;
	return (
		name
			.split(/[[\].]/)
			.filter(Boolean)
			.at(-1) ?? name
	);
}
