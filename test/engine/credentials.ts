import type {
	ICredentialDataDecryptedObject,
	INodeCredentialsDetails,
	IWorkflowExecuteAdditionalData,
} from 'n8n-workflow';
import { deepCopy, ICredentialsHelper, UserError } from 'n8n-workflow';

/** Decrypted data by credential type name, as n8n's database would hold it. */
export type Credentials = Record<string, ICredentialDataDecryptedObject>;

function unsupported(what: string): never {
	throw new Error(`The engine harness does not ${what}: a node under test reads its credentials itself.`);
}

/**
 * What n8n's `CredentialsHelper` does for a node that calls `getCredentials()`, without a database: data by credential
 * type name, a fresh copy each time, in every execution mode. Expressions inside credential data and the defaults of
 * a credential type's own properties are not applied.
 */
export class StoredCredentials extends ICredentialsHelper {
	constructor(private readonly credentials: Credentials) {
		super();
	}

	/**
	 * @throws UserError with n8n's own sentence when the node names a credential that nobody stored. What else may be
	 * wrong – a type the node does not declare, a required one not chosen – n8n-core has checked before.
	 */
	override async getDecrypted(
		_additionalData: IWorkflowExecuteAdditionalData,
		details: INodeCredentialsDetails,
		type: string,
	): Promise<ICredentialDataDecryptedObject> {
		const data = this.credentials[type];
		if (data === undefined) {
			const message = `Credential with ID "${details.id ?? ''}" does not exist for type "${type}".`;
			throw new UserError(message, { level: 'warning' });
		}
		return deepCopy(data);
	}

	override getParentTypes = () => [];
	override isCredentialUsableByNode = () => true;
	override getCredentialsProperties = () => [];
	override preAuthentication = async () => undefined;
	override runPreAuthentication = async () => undefined;
	override authenticate = async () => unsupported('sign requests for nodes');
	override getCredentials = async () => unsupported('keep encrypted credentials');
	override updateCredentials = async () => unsupported('store credentials');
	override updateCredentialsOauthTokenData = async () => unsupported('store credentials');
}
