import type { IDataObject } from 'n8n-workflow';

import type { NodeJson, WorkflowJson } from '../../engine/workflowJson';
import { connectNodes } from '../../engine/workflowJson';

export const CHARGE_NODE_NAME = 'Charge Once';

/**
 * Takes an order by webhook, charges it, and answers with the result: the item that the node after the output
 * received. An order is `{order_number, amount, currency, payment_method}`, the amount in minor units.
 *
 * @param parameters of the node, added to these
 */
export function chargeByWebhook(path: string, parameters: IDataObject = {}): WorkflowJson {
	const ledgers = ['postgres', 'redis'].filter((type) => type === parameters.ledger);
	const credentials = ['stripeIdempotentApi', ...ledgers].map(
		(type) => [type, { id: '', name: type }] as const,
	);
	return {
		name: `Charge by webhook ${path}`,
		nodes: [
			{
				name: 'Order',
				type: 'n8n-nodes-base.webhook',
				typeVersion: 2,
				webhookId: path,
				parameters: { httpMethod: 'POST', path, responseMode: 'lastNode' },
			},
			{
				name: CHARGE_NODE_NAME,
				type: 'n8n-nodes-stripe-idempotent.stripeIdempotent',
				parameters: {
					resource: 'paymentIntent',
					operation: 'create',
					amount: '={{ $json.body.amount }}',
					amountUnit: 'minor',
					currency: '={{ $json.body.currency }}',
					confirm: true,
					paymentMethod: '={{ $json.body.payment_method }}',
					keySource: 'fields',
					keyFields: { field: [{ path: 'body.order_number', treatAs: 'text' }] },
					...parameters,
				},
				credentials: Object.fromEntries(credentials),
			},
			...['Success', 'Fix', 'Retry'].map((name) => ({
				name,
				type: 'n8n-nodes-base.noOp',
			})),
		],
		connections: connectNodes(
			{ from: 'Order', to: CHARGE_NODE_NAME },
			{ from: CHARGE_NODE_NAME, output: 0, to: 'Success' },
			{ from: CHARGE_NODE_NAME, output: 1, to: 'Fix' },
			{ from: CHARGE_NODE_NAME, output: 2, to: 'Retry' },
		),
	};
}

export const BY_HAND = 'By Hand';

/** Runs a node manually, once for each of the items. */
export function byHand(items: readonly IDataObject[], node: NodeJson): WorkflowJson {
	return {
		name: `${node.name} by hand`,
		nodes: [
			{ name: BY_HAND, type: 'n8n-nodes-base.manualTrigger' },
			{
				name: 'List',
				type: 'n8n-nodes-base.set',
				typeVersion: 3.4,
				parameters: { mode: 'raw', jsonOutput: JSON.stringify({ items }), options: {} },
			},
			{
				name: 'Items',
				type: 'n8n-nodes-base.splitOut',
				parameters: { fieldToSplitOut: 'items', options: {} },
			},
			node,
		],
		connections: connectNodes(
			{ from: BY_HAND, to: 'List' },
			{ from: 'List', to: 'Items' },
			{ from: 'Items', to: node.name },
		),
	};
}
