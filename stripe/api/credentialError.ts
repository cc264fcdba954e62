export type CredentialFault =
	'secret_key' | 'organization_key' | 'other_account' | 'base_url' | 'foreign_base_url' | 'proxy';

/** A credential, or the way from it to Stripe, that cannot be used; it never carries the credential's values. */
export class InvalidCredentialError extends Error {
	constructor(readonly fault: CredentialFault) {
		super(`The credential's ${fault} cannot be used`);
		this.name = 'InvalidCredentialError';
	}
}
