import type {
	ICredentialDataDecryptedObject,
	INodeCredentialsDetails,
	IWorkflowExecuteAdditionalData,
} from 'n8n-workflow';
import { deepCopy, ICredentialsHelper, UserError } from 'n8n-workflow';

/** Decrypted data by credential type name, as in n8n's database. */
export type Credentials = Record<string, ICredentialDataDecryptedObject>;

function unsupported(what: string): never {
	throw new Error(`The engine harness does not ${what}: a node under test reads its credentials itself.`);
}

/**
 * Implements n8n's `CredentialsHelper` for nodes that call `getCredentials()`, without a database: data by
 * credential type name, a new copy for each call, in every execution mode. It does not resolve expressions inside
 * credential data or apply the defaults of a credential type's properties.
 */
export class StoredCredentials extends ICredentialsHelper {
	constructor(private readonly credentials: Credentials) {
		super();
	}

	/**
	 * @throws UserError with n8n's own message if the node names a credential that is not stored. n8n-core has
	 * already checked everything else, such as a type that the node does not declare or a required credential that
	 * is not chosen.
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
