import type { IDataObject } from 'n8n-workflow';

import type { NodeJson } from '../../engine/workflowJson';
import { CHARGE_NODE_NAME } from '../harness/webhookWorkflows';

/** What one delivery of an order brings. */
export interface ShopOrder {
	order_number: string;
	/** In minor units. */
	amount: number;
	currency: string;
	payment_method: string;
}

export const ORDER = 'Order';

export function buildOrder(number: string, other: Partial<ShopOrder> = {}): ShopOrder {
	return {
		order_number: number,
		amount: 4200,
		currency: 'eur',
		payment_method: 'pm_card_visa',
		...other,
	};
}

/** Takes an order in. */
export function buildWebhookNode(
	path: string,
	responseMode: 'lastNode' | 'responseNode' | 'onReceived' = 'lastNode',
): NodeJson {
	return {
		name: ORDER,
		type: 'n8n-nodes-base.webhook',
		typeVersion: 2,
		webhookId: path,
		parameters: { httpMethod: 'POST', path, responseMode },
	};
}

/**
 * Charges the order in `body` of its item, once per order number. The number also stands in the metadata, where the
 * simulator's own report shows it.
 *
 * @param parameters of the node, on top of these
 * @param settings of the node, such as Retry On Fail
 */
export function buildChargeNode(parameters: IDataObject = {}, settings: Partial<NodeJson> = {}): NodeJson {
	const ledgers = ['postgres', 'redis'].filter((type) => type === parameters.ledger);
	const credentials = ['stripeIdempotentApi', ...ledgers].map(
		(type) => [type, { id: '', name: type }] as const,
	);
	return {
		name: CHARGE_NODE_NAME,
		type: 'n8n-nodes-stripe-idempotent.stripeIdempotent',
		...settings,
		parameters: {
			resource: 'paymentIntent',
			operation: 'create',
			amount: '={{ $json.body.amount }}',
			amountUnit: 'minor',
			currency: '={{ $json.body.currency }}',
			confirm: true,
			paymentMethod: '={{ $json.body.payment_method }}',
			additionalFields: {
				metadata: { entry: [{ key: 'order_number', value: '={{ $json.body.order_number }}' }] },
			},
			keySource: 'fields',
			keyFields: { field: [{ path: 'body.order_number', treatAs: 'text' }] },
			...parameters,
		},
		credentials: Object.fromEntries(credentials),
	};
}

export function buildNoOpNode(name: string): NodeJson {
	return { name, type: 'n8n-nodes-base.noOp' };
}

/** Its items are what the expression gives. */
export function buildSetNode(name: string, expression: string): NodeJson {
	return {
		name,
		type: 'n8n-nodes-base.set',
		typeVersion: 3.4,
		parameters: { mode: 'raw', jsonOutput: `={{ ${expression} }}`, options: {} },
	};
}
