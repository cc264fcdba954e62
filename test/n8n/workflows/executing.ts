import type { IDataObject } from 'n8n-workflow';

import { until } from '../../servers/until';
import type { WorkflowJson } from '../../engine/workflowJson';
import type { Execution } from '../harness/execution';
import type { N8nApi } from '../harness/n8nApi';
import { CHARGE_NODE_NAME } from '../harness/webhookWorkflows';
import type { ShopOrder } from './nodes';

/** Stores a workflow and lets it run by itself; resolves with its id. */
export async function importAndPublish(api: N8nApi, workflow: WorkflowJson): Promise<string> {
	const { id } = await api.importWorkflow(workflow);
	await api.publish(id);
	return id;
}

/** Delivers an order to the webhook of a workflow, and waits for the end of the execution. */
export async function executeByWebhook(
	api: N8nApi,
	{ id, path }: { id: string; path: string },
	order: ShopOrder,
): Promise<Execution> {
	const known = await getExecutionIds(api, id);
	await api.callWebhook(path, order);
	return api.ended(await waitForExecution(api, id, known));
}

/** The ids of what a workflow has executed, newest first. */
export async function getExecutionIds(api: N8nApi, workflowId: string): Promise<string[]> {
	return (await api.executions({ workflowId })).map(({ id }) => id);
}

/** Waits for an execution that was not there before. */
export function waitForExecution(api: N8nApi, workflowId: string, known: string[]): Promise<string> {
	return until('a new execution', async () =>
		(await getExecutionIds(api, workflowId)).find((id) => !known.includes(id)),
	);
}

/** What the charging node told of its items in each of its runs, whichever output they left through. */
export function chargeItems(execution: Execution): IDataObject[] {
	return execution
		.runs(CHARGE_NODE_NAME)
		.flatMap(({ data }) => data?.main ?? [])
		.flatMap((items) => items ?? [])
		.map(({ json }) => json);
}
