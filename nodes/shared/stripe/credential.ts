import type { Connection } from '../../../stripe/api/connection';
import { connect } from '../../../stripe/api/connection';
import { parseSigningSecrets } from '../../../stripe/webhooks/signature';
import { ItemError } from '../run/error';

const STRIPE_API = 'https://api.stripe.com';

/** The credential as n8n stores it. Empty fields are absent. */
interface StoredCredential {
	secretKey: string;
	accountId?: string;
	/** One or more signing secrets. */
	webhookSecret?: string;
	keySecret?: string;
	baseUrl: string;
	/** Whether each write needs a token. */
	requireToken: boolean;
}

/** @throws ItemError for an HMAC Secret that is not suitable, such as a Stripe key */
export function readCredential(data: object = {}): StoredCredential {
	const text = (name: string) => {
		const value = (data as Record<string, unknown>)[name];
		return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
	};
	const { requireReservation: requireToken } = data as { requireReservation?: boolean | string | null };
	return {
		secretKey: text('secretKey') ?? '',
		accountId: text('accountId'),
		webhookSecret: text('webhookSecret'),
		keySecret: checkKeySecret(text('keySecret')),
		baseUrl: text('baseUrl') ?? STRIPE_API,
		requireToken: ![undefined, null, '', false, 'false'].includes(requireToken),
	};
}

/** A secret issued by Stripe is not suitable: when it is rolled, every old order would become a new one. */
function checkKeySecret(given: string | undefined): string | undefined {
	if (given === undefined || !/^(?:sk|rk|pk|ek|whsec)_/.test(given)) return given;
	throw new ItemError(
		'HMAC Secret in the credential',
		'is a key or a secret of Stripe',
		'Empty the field; the key belongs in Secret Key. Use a long random text only if order numbers must not be guessable from keys.',
	);
}

/**
 * Returns the signing secrets of endpoints that were created manually. There are several while one is being rolled.
 *
 * @throws ItemError for an invalid one
 */
export function readSigningSecrets({
	webhookSecret = '',
}: Pick<StoredCredential, 'webhookSecret'>): string[] {
	const secrets = parseSigningSecrets(webhookSecret);
	if (secrets.every((secret) => /^whsec_[A-Za-z0-9_+/=-]+$/.test(secret))) return secrets;
	throw new ItemError(
		'Webhook Secret in the credential',
		'is not a valid signing secret',
		'Copy it from the page of the endpoint in the Stripe dashboard, under Webhooks: it begins with whsec_.',
	);
}

/** @throws ItemError for an invalid account ID */
export function checkAccountId(given: string): string {
	if (/^acct_[A-Za-z0-9_]+$/.test(given)) return given;
	throw new ItemError('Account ID in the credential', 'is not a valid account ID', 'It begins with acct_.');
}

/** @throws InvalidCredentialError */
export function connectWithCredential(data?: object): Connection {
	return connect(readCredential(data));
}

/**
 * Returns the connected account; undefined if empty.
 *
 * @throws ItemError
 */
export function readConnectedAccount(id: string): string | undefined {
	if (id === '') return undefined;
	if (/^acct_[A-Za-z0-9_]+$/.test(id)) return id;
	throw new ItemError(
		'Stripe Account',
		`is "${id}"`,
		'Give the ID of the connected account, which begins with acct_.',
	);
}
