import type { IDataObject } from 'n8n-workflow';

import type { NodeJson, WorkflowJson } from '../engine/workflowJson';
import { connect } from '../engine/workflowJson';
import { CHARGE } from '../realN8n/workflows';
import { charge, ORDER, webhook } from './nodes';

/** The outputs of the node, in their order. */
export const OUTPUTS = ['Success', 'Client Error', 'Server Error', 'Duplicate'] as const;

export type Output = (typeof OUTPUTS)[number];

/** What the shop is told: by which output its order has left, and with what. */
export interface Told {
	output: Output;
	outcome: string;
	order: string;
	idempotency: IDataObject;
}

/** A shop's webhook: each of the four outputs ends in an answer that names it. */
export function orderWorkflow(path: string, parameters: IDataObject = {}): WorkflowJson {
	const options = { duplicates: 'output', ...(parameters.options as IDataObject) };
	return {
		name: `Orders of ${path}`,
		nodes: [
			webhook(path, 'responseNode'),
			charge({ ...parameters, options }),
			...OUTPUTS.map((output) => answer(output)),
		],
		connections: connect(
			{ from: ORDER, to: CHARGE },
			...OUTPUTS.map((to, output) => ({ from: CHARGE, output, to })),
		),
	};
}

function answer(output: Output): NodeJson {
	const order = `$('${ORDER}').item.json.body.order_number`;
	const told = `output: '${output}', outcome: $json.error?.outcome ?? 'succeeded', order: ${order}`;
	return {
		name: output,
		type: 'n8n-nodes-base.respondToWebhook',
		typeVersion: 1.4,
		parameters: {
			respondWith: 'json',
			responseBody: `={{ { ${told}, idempotency: $json.idempotency } }}`,
			options: {
				responseCode: output === 'Server Error' ? 503 : output === 'Client Error' ? 402 : 200,
			},
		},
	};
}
