import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';

import type { ExecutionStatus, IConnections, INode, IRunData, WorkflowExecuteMode } from 'n8n-workflow';
import { ExecutionStatusList } from 'n8n-workflow';

import type { WorkflowJson } from '../../engine/workflowJson';
import { until } from '../../servers/until';
import type { ExecutionSummary, StoredExecution } from './execution';
import { Execution, isUnderway } from './execution';
import { N8nClient } from './n8nClient';

/** The owner of every n8n in the tests. */
export const OWNER = { email: 'owner@example.com', password: 'Tests-0nly' };

export interface N8nCredential {
	id: string;
	name: string;
	type: string;
}

/** The message that the editor shows below the fields of a credential. */
export interface CredentialTest {
	status: 'OK' | 'Error';
	message: string;
}

/** A workflow as n8n stores it. */
export interface StoredWorkflow {
	id: string;
	name: string;
	/** The version of the draft, which Publish activates. */
	versionId: string;
	active: boolean;
	nodes: INode[];
	connections: IConnections;
}

export interface ExecutionFilter {
	workflowId?: string;
	status?: ExecutionStatus[];
	mode?: WorkflowExecuteMode;
}

/** A webhook's answer. */
export interface WebhookAnswer {
	status: number;
	/** Parsed if it is JSON. */
	body: unknown;
}

/** The time limit of an execution in ms. */
const PATIENCE = 60_000;

/** ms after Publish within which the webhooks must be registered. */
const REGISTRATION = 15_000;

/** Polling interval of the registration in ms. */
const PAUSE = 100;

/** The actions of a user in n8n's editor, and the webhook calls of a shop. */
export class N8nApi {
	private readonly client: N8nClient;
	private readonly known = new Map<string, N8nCredential>();

	constructor(private readonly url: string) {
		this.client = new N8nClient(url);
	}

	/** Creates the owner of a new n8n, and signs in. */
	async setUpOwner(): Promise<void> {
		await this.client.request('POST', '/owner/setup', { ...OWNER, firstName: 'Olga', lastName: 'Owner' });
	}

	async signIn(): Promise<void> {
		await this.client.request('POST', '/login', {
			emailOrLdapLoginId: OWNER.email,
			password: OWNER.password,
		});
	}

	/** Stores a credential. Workflows that are imported later use it where they name a credential of its type. */
	async createCredential(type: string, data: object, name = type): Promise<N8nCredential> {
		const credential = await this.ask<N8nCredential>('POST', '/credentials', { name, type, data });
		this.known.set(type, credential);
		return credential;
	}

	/**
	 * Tests a credential as the editor does when a user opens it: the editor gets the data without secrets, and n8n
	 * inserts the stored ones.
	 *
	 * @param changed fields that the user changed without saving
	 */
	async testCredential({ id, name, type }: N8nCredential, changed: object = {}): Promise<CredentialTest> {
		const { data } = await this.ask<{ data: object }>('GET', `/credentials/${id}?includeData=true`);
		const credentials = { id, name, type, data: { ...data, ...changed } };
		return this.ask('POST', '/credentials/test', { credentials });
	}

	async deleteCredential({ id, type }: N8nCredential): Promise<void> {
		await this.client.request('DELETE', `/credentials/${id}`);
		if (this.known.get(type)?.id === id) this.known.delete(type);
	}

	/** Stores a workflow as a draft. Its nodes get the stored credentials, by type. */
	async importWorkflow(json: WorkflowJson): Promise<StoredWorkflow> {
		return this.ask('POST', '/workflows', { ...this.complete(json), name: json.name ?? 'Test workflow' });
	}

	/** Saves other nodes, connections and settings in the draft. The published version does not change. */
	async changeWorkflow(id: string, json: WorkflowJson): Promise<StoredWorkflow> {
		const { versionId } = await this.workflow(id);
		return this.ask('PATCH', `/workflows/${id}`, { ...this.complete(json), versionId });
	}

	async workflow(id: string): Promise<StoredWorkflow> {
		return this.ask('GET', `/workflows/${id}`);
	}

	/** Publishes the draft, so that its triggers are active. */
	async publish(id: string): Promise<StoredWorkflow> {
		const { versionId } = await this.workflow(id);
		return this.ask('POST', `/workflows/${id}/activate`, { versionId });
	}

	async unpublish(id: string): Promise<void> {
		await this.client.request('POST', `/workflows/${id}/deactivate`, {});
	}

	/** n8n deletes archived workflows only, so it is archived first. */
	async deleteWorkflow(id: string): Promise<void> {
		await this.client.request('POST', `/workflows/${id}/archive`, {});
		await this.client.request('DELETE', `/workflows/${id}`);
	}

	/**
	 * Clicks Execute Workflow. Resolves with the id of the execution when it has started.
	 *
	 * @param trigger the node to start from; default: the first trigger
	 */
	async startByHand(workflowId: string, trigger?: string): Promise<string> {
		const name = trigger ?? triggerOf(await this.workflow(workflowId));
		const answer = await this.ask<{ executionId?: string }>('POST', `/workflows/${workflowId}/run`, {
			triggerToStartFrom: { name },
		});
		if (answer.executionId === undefined)
			throw new Error(`"${name}" waits for a call: give it pinned data to run it by hand`);
		return answer.executionId;
	}

	async runByHand(workflowId: string, trigger?: string): Promise<Execution> {
		return this.ended(await this.startByHand(workflowId, trigger));
	}

	/**
	 * Clicks Execute Step of a node. Nodes that were executed before and have not changed since are not executed again.
	 *
	 * @param known the run data of the last run, as the editor shows it
	 * @param changed nodes whose parameters have changed since
	 */
	async runUpTo(
		workflowId: string,
		nodeName: string,
		known: IRunData,
		changed: string[] = [],
	): Promise<Execution> {
		const { executionId } = await this.ask<{ executionId: string }>(
			'POST',
			`/workflows/${workflowId}/run`,
			{
				runData: known,
				dirtyNodeNames: changed,
				destinationNode: { nodeName, mode: 'inclusive' },
			},
		);
		return this.ended(executionId);
	}

	/**
	 * Calls a production webhook, once. It repeats the call only if n8n answers that the webhook is not registered
	 * (yet), because then nothing has happened. Rejects if n8n died meanwhile.
	 *
	 * @param base the address of a webhook process; default: the main process
	 */
	async callWebhook(path: string, body: unknown, base = this.url): Promise<WebhookAnswer> {
		const deadline = Date.now() + REGISTRATION;
		for (;;) {
			const answer = await fetch(`${base}/webhook/${path}`, {
				method: 'POST',
				headers: { 'content-type': 'application/json' },
				body: JSON.stringify(body),
			});
			const text = await answer.text();
			const isMissing = answer.status === 404 && text.includes('is not registered');
			if (!isMissing || Date.now() > deadline) return { status: answer.status, body: parsed(text) };
			await pause(PAUSE);
		}
	}

	/**
	 * Returns at most 100 executions, newest first. The request names every status: without one, n8n queries running
	 * and finished executions separately, and an execution that ends in between is in neither result.
	 */
	async executions(filter: ExecutionFilter = {}): Promise<ExecutionSummary[]> {
		const named = { status: [...ExecutionStatusList], ...filter };
		const query = new URLSearchParams({ filter: JSON.stringify(named), limit: '100' });
		const { results } = await this.ask<{ results: ExecutionSummary[] }>(
			'GET',
			`/executions?${query.toString()}`,
		);
		return results;
	}

	async execution(id: string): Promise<Execution> {
		const stored = await this.ask<StoredExecution | undefined>('GET', `/executions/${id}`);
		if (!stored) throw new Error(`There is no execution ${id}`);
		return new Execution(stored);
	}

	/** Waits until the execution can no longer change. */
	async ended(id: string, patience = PATIENCE): Promise<Execution> {
		return until(
			`the end of execution ${id}`,
			async () => {
				const execution = await this.execution(id);
				return !isUnderway(execution) && execution;
			},
			patience,
		);
	}

	async stopExecution(id: string): Promise<void> {
		await this.client.request('POST', `/executions/${id}/stop`);
	}

	/**
	 * Clicks Retry in the list of executions: a new execution resumes where the old one failed. Resolves when it has
	 * ended.
	 *
	 * @param workflow whether to use the nodes of the original execution or those that are saved now
	 */
	async retry(id: string, workflow: 'original' | 'current' = 'original'): Promise<Execution> {
		const loadWorkflow = workflow === 'current';
		const retried = await this.ask<{ id: string }>('POST', `/executions/${id}/retry`, { loadWorkflow });
		return this.ended(retried.id);
	}

	async deleteExecutions(...ids: string[]): Promise<void> {
		await this.client.request('POST', '/executions/delete', { ids });
	}

	private async ask<T>(method: string, path: string, body?: unknown): Promise<T> {
		return (await this.client.request(method, path, body)) as T;
	}

	/** Fills in what the editor adds when a node is put on the canvas. */
	private complete({ nodes, connections, settings, pinData }: WorkflowJson) {
		return {
			nodes: nodes.map((node, index) => ({
				id: randomUUID(),
				typeVersion: 1,
				position: [index * 220, 0],
				parameters: {},
				...node,
				...(node.credentials && { credentials: this.bound(node.credentials) }),
			})),
			connections,
			pinData,
			settings: { executionOrder: 'v1', ...settings },
		};
	}

	private bound(named: NonNullable<INode['credentials']>): NonNullable<INode['credentials']> {
		return Object.fromEntries(
			Object.entries(named).map(([type, given]) => {
				const { id, name } = this.known.get(type) ?? given;
				return [type, { id, name }];
			}),
		);
	}
}

function triggerOf({ nodes }: StoredWorkflow): string {
	const trigger = nodes.find(({ type }) => /trigger$|\.webhook$/i.test(type));
	if (!trigger) throw new Error('The workflow has no trigger');
	return trigger.name;
}

function parsed(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return text;
	}
}
