export type CredentialFault =
	'secret_key' | 'organization_key' | 'other_account' | 'base_url' | 'foreign_base_url' | 'proxy';

/** Thrown for a credential, address or proxy that cannot be used. It never contains the values of the credential. */
export class InvalidCredentialError extends Error {
	constructor(readonly fault: CredentialFault) {
		super(`The credential's ${fault} cannot be used`);
		this.name = 'InvalidCredentialError';
	}
}
