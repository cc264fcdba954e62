import type { ExportedNode, ExportedWorkflow } from '../../../commands/audit/exportedWorkflow';
import { readWorkflows } from '../../../commands/audit/exportedWorkflow';
import { connectNodes } from '../../engine/workflowJson';
import type { Wire } from '../../engine/workflowJson';

type NodeParameters = Record<string, unknown>;
type NodePart = Partial<ExportedNode>;

/** A node as the editor exports it. */
export function node(
	name: string,
	type: string,
	parameters: NodeParameters = {},
	more: NodePart = {},
): ExportedNode {
	return { id: name, name, type, typeVersion: 1, position: [0, 0], parameters, ...more };
}

/** n8n's own Stripe node. */
export const stripe = (parameters: NodeParameters, more: NodePart = {}) =>
	node('Pay', 'n8n-nodes-base.stripe', parameters, more);

const API = 'https://api.stripe.com/v1';

/** HTTP Request as it is today, with a form. */
export function http(
	path: string,
	fields: Record<string, unknown> = {},
	more: NodeParameters = {},
	rest: NodePart = {},
) {
	const parameters = Object.entries(fields).map(([name, value]) => ({ name, value }));
	return node(
		'Pay',
		'n8n-nodes-base.httpRequest',
		{
			method: 'POST',
			url: path.startsWith('/') ? `${API}${path}` : path,
			sendBody: true,
			contentType: 'form-urlencoded',
			bodyParameters: { parameters },
			...more,
		},
		{ typeVersion: 4.2, ...rest },
	);
}

export function key(value: string): NodeParameters {
	return { sendHeaders: true, headerParameters: { parameters: [{ name: 'Idempotency-Key', value }] } };
}

/** Our node, which pays for an order. */
export function own(parameters: NodeParameters, more: NodePart = {}): ExportedNode {
	const keyFields = { field: [{ path: 'order_id', treatAs: 'text' }] };
	const common = {
		resource: 'paymentIntent',
		operation: 'create',
		amount: '={{ $json.amount }}',
		keyFields,
	};
	return node('Pay', 'n8n-nodes-stripe-idempotent.stripeIdempotent', { ...common, ...parameters }, more);
}

/** A workflow in which the nodes follow one another, unless wires are given. */
export function workflow(
	nodes: ExportedNode[],
	wires?: Wire[],
	more: Partial<ExportedWorkflow> = {},
): ExportedWorkflow {
	const line = nodes.slice(1).map(({ name }, n): Wire => ({ from: nodes[n]?.name ?? '', to: name }));
	const connections = connectNodes(...(wires ?? line));
	return readWorkflows({ id: 'w', name: 'Orders', nodes, connections, ...more })[0]!;
}
