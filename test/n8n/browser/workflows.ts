import type { IDataObject, INodeParameters } from 'n8n-workflow';

import type { NodeJson, WorkflowJson } from '../../engine/workflowJson';
import { connectNodes } from '../../engine/workflowJson';

export const CHARGE_NODE = 'Charge Once';

/** What comes behind the outputs, in their order. */
export const NEXT_NODES = ['Ship It', 'Tell Somebody', 'Run Again Later'] as const;

export interface OrderRow {
	order_number: string;
	customer: string;
	amount: string;
	currency: string;
	payment_method: string;
}

export const ORDERS: OrderRow[] = [
	{
		order_number: 'SO-24101',
		customer: 'Bergmann Tischlerei GmbH',
		amount: '148.50',
		currency: 'EUR',
		payment_method: 'pm_card_visa',
	},
	{
		order_number: 'SO-24107',
		customer: 'Northside Bikes',
		amount: '34.95',
		currency: 'USD',
		payment_method: 'pm_card_chargeDeclinedInsufficientFunds',
	},
];

/** Enough for each of the outputs. */
export const MANY_ORDERS: OrderRow[] = [
	...ORDERS,
	{
		order_number: 'SO-24112',
		customer: 'Café Lindenhof',
		amount: '89.94',
		currency: 'EUR',
		payment_method: 'pm_card_mastercard',
	},
	{
		order_number: 'SO-24113',
		customer: 'Yamada Denki',
		amount: '12800',
		currency: 'JPY',
		payment_method: 'pm_card_visa',
	},
	{
		order_number: 'SO-24118',
		customer: 'Harbour Books',
		amount: '27.00',
		currency: 'GBP',
		payment_method: 'pm_card_visa',
	},
];

/** Where nodes stand, in the units of the canvas: what is written on the lines needs its place. */
const [FIRST, SECOND, THIRD] = [0, 272, 688];
const ROW = 192;

/** A trigger with pinned orders, and the three nodes that the outputs shall lead to; nothing in between. */
export function buildUnconnectedWorkflow(name: string, orders: OrderRow[] = ORDERS): WorkflowJson {
	return {
		name,
		nodes: [
			{ name: 'Orders', type: 'n8n-nodes-base.manualTrigger', position: [FIRST, ROW] },
			...NEXT_NODES.map((next, row): NodeJson => ({
				name: next,
				type: 'n8n-nodes-base.noOp',
				position: [THIRD, row * ROW],
			})),
		],
		connections: {},
		pinData: { Orders: orders.map((order) => ({ json: { ...order } })) },
	};
}

/** The same with the node, filled in. */
export function buildChargeWorkflow(
	name: string,
	parameters: IDataObject = {},
	orders?: OrderRow[],
): WorkflowJson {
	const { nodes, ...rest } = buildUnconnectedWorkflow(name, orders);
	return {
		...rest,
		nodes: [
			...nodes,
			{
				name: CHARGE_NODE,
				type: 'n8n-nodes-stripe-idempotent.stripeIdempotent',
				position: [SECOND, ROW - 16],
				parameters: {
					resource: 'paymentIntent',
					operation: 'create',
					amount: '={{ $json.amount }}',
					amountUnit: 'major',
					currency: '={{ $json.currency }}',
					confirm: true,
					paymentMethod: '={{ $json.payment_method }}',
					additionalFields: {
						metadata: { entry: [{ key: 'order_number', value: '={{ $json.order_number }}' }] },
					},
					keySource: 'fields',
					keyFields: { field: [{ path: 'order_number', treatAs: 'text' }] },
					...parameters,
				},
				credentials: { stripeIdempotentApi: { id: '', name: 'stripeIdempotentApi' } },
			},
		],
		connections: connectNodes(
			{ from: 'Orders', to: CHARGE_NODE },
			...NEXT_NODES.map((to, output) => ({ from: CHARGE_NODE, output, to })),
		),
	};
}

/** The nodes of this package that have several outputs, each with its longest labels, and the one with a single output. */
export const LABELLED_NODES: Readonly<
	Record<string, { type: string; parameters: INodeParameters; labels: string[] }>
> = {
	Charge: {
		type: 'stripeIdempotent',
		parameters: { options: { duplicates: 'output' } },
		labels: ['Success', 'Fix (4xx)', 'Retry (5xx)', 'Duplicate'],
	},
	Claim: {
		type: 'idempotencyRegistry',
		parameters: { resource: 'key', operation: 'claim' },
		labels: ['Proceed', 'Already Done', 'Busy', 'Refused'],
	},
	Reserve: {
		type: 'idempotencyRegistry',
		parameters: { resource: 'token', operation: 'reserve' },
		labels: ['Reserved', 'Waiting', 'Refused'],
	},
	Events: { type: 'stripeIdempotentTrigger', parameters: {}, labels: [] },
};

/** All of them, unconnected: then n8n writes the label before the plus. */
export function buildLabelledWorkflow(name: string): WorkflowJson {
	return {
		name,
		nodes: Object.entries(LABELLED_NODES).map(([node, { type, parameters }], row): NodeJson => ({
			name: node,
			type: `n8n-nodes-stripe-idempotent.${type}`,
			position: [FIRST, row * ROW],
			parameters,
		})),
		connections: {},
	};
}
