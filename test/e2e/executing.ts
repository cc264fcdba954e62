import type { IDataObject } from 'n8n-workflow';

import { until } from '../servers/until';
import type { WorkflowJson } from '../engine/workflowJson';
import type { Execution } from '../realN8n/execution';
import type { N8nApi } from '../realN8n/n8nApi';
import { CHARGE } from '../realN8n/workflows';
import type { Order } from './nodes';

/** Stores a workflow and lets it run by itself; resolves with its id. */
export async function publish(api: N8nApi, workflow: WorkflowJson): Promise<string> {
	const { id } = await api.importWorkflow(workflow);
	await api.publish(id);
	return id;
}

/** Delivers an order to the webhook of a workflow, and waits for the end of the execution. */
export async function execute(
	api: N8nApi,
	{ id, path }: { id: string; path: string },
	order: Order,
): Promise<Execution> {
	const known = await idsOf(api, id);
	await api.callWebhook(path, order);
	return api.ended(await nextOf(api, id, known));
}

/** The ids of what a workflow has executed, newest first. */
export async function idsOf(api: N8nApi, workflowId: string): Promise<string[]> {
	return (await api.executions({ workflowId })).map(({ id }) => id);
}

/** Waits for an execution that was not there before. */
export function nextOf(api: N8nApi, workflowId: string, known: string[]): Promise<string> {
	return until('a new execution', async () =>
		(await idsOf(api, workflowId)).find((id) => !known.includes(id)),
	);
}

/** What the charging node told of its items in each of its runs, whichever output they left through. */
export function chargeItems(execution: Execution): IDataObject[] {
	return execution
		.runs(CHARGE)
		.flatMap(({ data }) => data?.main ?? [])
		.flatMap((items) => items ?? [])
		.map(({ json }) => json);
}
