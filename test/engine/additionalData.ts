import type { ExecutionLifecycleHooks } from 'n8n-core';
import { ExternalSecretsProxy } from 'n8n-core';
import type { IWorkflowExecuteAdditionalData } from 'n8n-workflow';
import type { Credentials } from './credentials';
import { StoredCredentials } from './credentials';

const BASE_URL = 'http://localhost:5678/';

function unsupported(what: string): never {
	throw new Error(`The engine harness does not ${what}`);
}

/**
 * Builds what n8n's server passes to the engine besides the workflow. The waiting URLs must be valid: n8n-core
 * builds `$execution.resumeUrl` from them for every expression, whether or not it is used.
 */
export function additionalDataFor(
	executionId: string,
	hooks: ExecutionLifecycleHooks,
	credentials: Credentials,
): IWorkflowExecuteAdditionalData {
	return {
		executionId,
		hooks,
		credentialsHelper: new StoredCredentials(credentials),
		externalSecretsProxy: new ExternalSecretsProxy(),
		currentNodeExecutionIndex: 0,
		variables: {},
		workflowId: hooks.workflowData.id,
		restApiUrl: `${BASE_URL}rest`,
		instanceBaseUrl: BASE_URL,
		formBaseUrl: `${BASE_URL}form`,
		formWaitingBaseUrl: `${BASE_URL}form-waiting`,
		formTestBaseUrl: `${BASE_URL}form-test`,
		webhookBaseUrl: `${BASE_URL}webhook`,
		webhookWaitingBaseUrl: `${BASE_URL}webhook-waiting`,
		webhookTestBaseUrl: `${BASE_URL}webhook-test`,
		mcpBaseUrl: `${BASE_URL}mcp`,
		mcpTestBaseUrl: `${BASE_URL}mcp-test`,
		setExecutionStatus: () => undefined,
		sendDataToUI: () => undefined,
		logAiEvent: () => undefined,
		executeWorkflow: async () => unsupported('run sub-workflows'),
		getRunExecutionData: async () => undefined,
		getRuntimeCredential: async () => undefined,
		startRunnerTask: async () => unsupported('start task runners'),
	};
}
