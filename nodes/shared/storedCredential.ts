import type { Connection } from '../../stripe/connection';
import { connect } from '../../stripe/connection';
import { Refusal } from './refusal';

const STRIPE_API = 'https://api.stripe.com';

/** What n8n keeps for the user; what was left empty is absent. */
interface StoredCredential {
	secretKey: string;
	accountId?: string;
	/** One signing secret or more. */
	webhookSecret?: string;
	keySecret?: string;
	baseUrl: string;
}

export function storedCredential(data: object = {}): StoredCredential {
	const text = (name: string) => {
		const value = (data as Record<string, unknown>)[name];
		return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
	};
	return {
		secretKey: text('secretKey') ?? '',
		accountId: text('accountId'),
		webhookSecret: text('webhookSecret'),
		keySecret: text('keySecret'),
		baseUrl: text('baseUrl') ?? STRIPE_API,
	};
}

/** @throws Refusal for what is no account ID */
export function accountId(given: string): string {
	if (/^acct_[A-Za-z0-9_]+$/.test(given)) return given;
	throw new Refusal('Account ID in the credential', 'is no account ID', 'It begins with acct_.');
}

/** @throws CredentialRefusal */
export function connectStored(data?: object): Connection {
	return connect(storedCredential(data));
}
