import type { IDataObject } from 'n8n-workflow';

import type { NodeJson, WorkflowJson } from '../../engine/workflowJson';
import { connectNodes } from '../../engine/workflowJson';
import { CHARGE_NODE_NAME } from '../harness/webhookWorkflows';
import { buildChargeNode, ORDER, buildWebhookNode } from './nodes';

/** The outputs of the node, in their order. */
export const OUTPUT_NODE_NAMES = ['Success', 'Fix', 'Retry', 'Duplicate'] as const;

export type OutputLabel = (typeof OUTPUT_NODE_NAMES)[number];

/** What the shop is told: by which output its order has left, and with what. */
export interface ShopAnswer {
	output: OutputLabel;
	outcome: string;
	order: string;
	idempotency: IDataObject;
}

/** A shop's webhook: each of the four outputs ends in an answer that names it. */
export function buildOrderWorkflow(path: string, parameters: IDataObject = {}): WorkflowJson {
	const options = { duplicates: 'output', ...(parameters.options as IDataObject) };
	return {
		name: `Orders of ${path}`,
		nodes: [
			buildWebhookNode(path, 'responseNode'),
			buildChargeNode({ ...parameters, options }),
			...OUTPUT_NODE_NAMES.map((output) => buildAnswerNode(output)),
		],
		connections: connectNodes(
			{ from: ORDER, to: CHARGE_NODE_NAME },
			...OUTPUT_NODE_NAMES.map((to, output) => ({ from: CHARGE_NODE_NAME, output, to })),
		),
	};
}

function buildAnswerNode(output: OutputLabel): NodeJson {
	const order = `$('${ORDER}').item.json.body.order_number`;
	const message = `output: '${output}', outcome: $json.error?.outcome ?? 'succeeded', order: ${order}`;
	return {
		name: output,
		type: 'n8n-nodes-base.respondToWebhook',
		typeVersion: 1.4,
		parameters: {
			respondWith: 'json',
			responseBody: `={{ { ${message}, idempotency: $json.idempotency } }}`,
			options: {
				responseCode: output === 'Retry' ? 503 : output === 'Fix' ? 402 : 200,
			},
		},
	};
}
