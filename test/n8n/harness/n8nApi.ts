import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';

import type { ExecutionStatus, IConnections, INode, IRunData, WorkflowExecuteMode } from 'n8n-workflow';
import { ExecutionStatusList } from 'n8n-workflow';

import type { WorkflowJson } from '../../engine/workflowJson';
import { until } from '../../servers/until';
import type { ExecutionSummary, StoredExecution } from './execution';
import { Execution, isUnderway } from './execution';
import { N8nClient } from './n8nClient';

/** Who owns every n8n of the tests. */
export const OWNER = { email: 'owner@example.com', password: 'Tests-0nly' };

export interface N8nCredential {
	id: string;
	name: string;
	type: string;
}

/** What the editor says below the fields of a credential. */
export interface CredentialTest {
	status: 'OK' | 'Error';
	message: string;
}

/** A workflow as n8n stores it. */
export interface StoredWorkflow {
	id: string;
	name: string;
	/** Of the draft: what Publish makes the one that runs. */
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

/** What a webhook answered. */
export interface WebhookAnswer {
	status: number;
	/** Parsed where it is JSON. */
	body: unknown;
}

/** How long an execution may take, in milliseconds. */
const PATIENCE = 60_000;

/** How long after Publish the webhooks may be missing, in milliseconds. */
const REGISTRATION = 15_000;

/** How often it is asked whether they are there, in milliseconds. */
const PAUSE = 100;

/** What a person does in n8n's editor, and what a shop does with its webhooks. */
export class N8nApi {
	private readonly client: N8nClient;
	private readonly known = new Map<string, N8nCredential>();

	constructor(private readonly url: string) {
		this.client = new N8nClient(url);
	}

	/** The first thing that a new n8n asks for; also signs in. */
	async setUpOwner(): Promise<void> {
		await this.client.request('POST', '/owner/setup', { ...OWNER, firstName: 'Olga', lastName: 'Owner' });
	}

	async signIn(): Promise<void> {
		await this.client.request('POST', '/login', {
			emailOrLdapLoginId: OWNER.email,
			password: OWNER.password,
		});
	}

	/** From now on workflows that are imported use this one where they name a credential of its type. */
	async createCredential(type: string, data: object, name = type): Promise<N8nCredential> {
		const credential = await this.ask<N8nCredential>('POST', '/credentials', { name, type, data });
		this.known.set(type, credential);
		return credential;
	}

	/**
	 * What the editor does when somebody opens a credential: it gets the data with its secrets left out, for which n8n
	 * puts those that it has stored.
	 *
	 * @param changed what was typed over it, and is not saved
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

	/** Stores a workflow as a draft. Nodes get the credentials that are here, by type. */
	async importWorkflow(json: WorkflowJson): Promise<StoredWorkflow> {
		return this.ask('POST', '/workflows', { ...this.complete(json), name: json.name ?? 'Test workflow' });
	}

	/** Saves other nodes, connections and settings in the draft; what is published stays as it is. */
	async changeWorkflow(id: string, json: WorkflowJson): Promise<StoredWorkflow> {
		const { versionId } = await this.workflow(id);
		return this.ask('PATCH', `/workflows/${id}`, { ...this.complete(json), versionId });
	}

	async workflow(id: string): Promise<StoredWorkflow> {
		return this.ask('GET', `/workflows/${id}`);
	}

	/** From now on the draft as it is runs by itself. */
	async publish(id: string): Promise<StoredWorkflow> {
		const { versionId } = await this.workflow(id);
		return this.ask('POST', `/workflows/${id}/activate`, { versionId });
	}

	async unpublish(id: string): Promise<void> {
		await this.client.request('POST', `/workflows/${id}/deactivate`, {});
	}

	/** n8n deletes only what is in its archive. */
	async deleteWorkflow(id: string): Promise<void> {
		await this.client.request('POST', `/workflows/${id}/archive`, {});
		await this.client.request('DELETE', `/workflows/${id}`);
	}

	/**
	 * A click on Execute Workflow. Resolves with the id of the execution when it has begun.
	 *
	 * @param trigger the node to start from; the first trigger unless said otherwise
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
	 * A click on Execute Step of a node. What was executed before and has not been changed since is not executed again.
	 *
	 * @param known what the editor shows of the last run
	 * @param changed nodes whose parameters were changed since
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
	 * Calls a production webhook, once: only where n8n says that it is not registered (yet), nothing has happened, and it
	 * is called again. Rejects when n8n died meanwhile.
	 *
	 * @param base the address of a webhook process; the main process unless said otherwise
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
	 * Newest first, at most 100. Every status is named, because without one n8n asks twice, for those under way and for those
	 * that have ended: what ends in between is in neither answer.
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

	/** Waits until nothing happens any more in this execution. */
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
	 * Retry in the list of executions: a new execution that resumes where the old one failed. Resolves when it has ended.
	 *
	 * @param workflow whether its nodes are taken as they were then, or as they are saved now
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

	/** What the editor fills in when a node is put on the canvas. */
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
