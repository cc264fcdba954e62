import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

import type { IDataObject, INodeExecutionData, INodeParameters, INodeType } from 'n8n-workflow';
import { NodeConnectionTypes } from 'n8n-workflow';

import { StripeIdempotent } from '../../nodes/StripeIdempotent/StripeIdempotent.node.ts';
import { mapWithConcurrency } from '../../nodes/shared/run/concurrency';
import { runNode } from '../engine';
import type { NodeUnderTest, RunOptions } from '../engine';
import { installedN8n } from '../n8n/harness/installation';
import { ACCOUNT, CHARGE, SECRET_KEY, STRIPE_NODE } from '../nodes/fixtures/ordersFixture';
import { NO_REDIRECTS, stripeAt } from '../simulator/client';
import type { Rival } from './rivals';

/** A way to charge the orders, as a node in n8n's own engine. */
export interface Contestant {
	who: string;
	/** @throws if not every order was charged */
	charge(orders: readonly IDataObject[]): Promise<void>;
}

export const ordersFrom = (from: number, count: number): IDataObject[] =>
	Array.from({ length: count }, (_, n) => ({ order: `${from + n}`, amount: 1_999, currency: 'eur' }));

async function chargeWith(
	node: NodeUnderTest,
	options: RunOptions,
	orders: readonly IDataObject[],
): Promise<void> {
	const { error, items } = await runNode(node, { ...options, items: [...orders] });
	const charged = items[0]?.length ?? 0;
	if (charged !== orders.length)
		throw new Error(
			`${charged} of ${orders.length} charged: ${error?.description ?? error?.message ?? JSON.stringify(items.slice(1).flat()[0]?.json)}`,
		);
}

/** @param atOnce the value of Concurrency; left empty if undefined */
export function ourNode(url: string, rival: Rival, ledger: string, atOnce?: number): Contestant {
	const { node, options } = setUp(url, rival, ledger, atOnce);
	return { who: 'this node', charge: (orders) => chargeWith(node, options, orders) };
}

/** The node with its settings, and what n8n runs it with. */
export function setUp(
	url: string,
	rival: Rival,
	ledger: string,
	atOnce?: number,
): { node: NodeUnderTest; options: RunOptions } {
	const { parameters, credentials } = rival.choose(ledger);
	const concurrency: INodeParameters = atOnce === undefined ? {} : { concurrency: atOnce };
	const options = { ...(parameters.options as INodeParameters | undefined), ...concurrency };
	const stripeIdempotentApi = { secretKey: SECRET_KEY, accountId: ACCOUNT, baseUrl: url };
	return {
		node: { type: STRIPE_NODE, parameters: { ...CHARGE, ...parameters, options } },
		options: {
			nodeTypes: { [STRIPE_NODE]: new StripeIdempotent() },
			credentials: { stripeIdempotentApi, ...credentials },
		},
	};
}

/** Stripe's SDK in a loop, as in a simple custom node. */
export function bareSdk(url: string, atOnce: number): Contestant {
	const stripe = stripeAt({ url }, SECRET_KEY);
	const node: INodeType = {
		description: {
			displayName: 'Bare SDK',
			name: 'bareSdk',
			group: [],
			version: 1,
			description: '',
			defaults: { name: 'Bare SDK' },
			inputs: [NodeConnectionTypes.Main],
			outputs: [NodeConnectionTypes.Main],
			properties: [],
		},
		async execute() {
			const charge = async ({ json }: INodeExecutionData): Promise<INodeExecutionData> => {
				const intent = await stripe.paymentIntents.create({
					amount: Number(json.amount),
					currency: json.currency as string,
					confirm: true,
					payment_method: 'pm_card_visa',
					...NO_REDIRECTS,
				});
				return { json: { ...intent } };
			};
			return [await mapWithConcurrency(this.getInputData(), atOnce, charge)];
		},
	};
	return {
		who: 'bare SDK',
		charge: (orders) =>
			chargeWith({ type: 'bareSdk', parameters: {} }, { nodeTypes: { bareSdk: node } }, orders),
	};
}

/**
 * n8n's own HTTP Request. It has no concurrency setting, only a pause between batches; with the response time as
 * the pause, about that many requests are in flight.
 *
 * @returns undefined, and prints a note, if n8n is not installed
 */
export function httpRequest(url: string, atOnce: number, latencyMs: number): Contestant | undefined {
	const node = loadHttpRequest();
	const rows = (values: Record<string, string>) => ({
		parameters: Object.entries(values).map(([name, value]) => ({ name, value })),
	});
	const parameters: INodeParameters = {
		method: 'POST',
		url: `${url}/v1/payment_intents`,
		sendHeaders: true,
		sendBody: true,
		headerParameters: rows({ Authorization: `Bearer ${SECRET_KEY}` }),
		contentType: 'form-urlencoded',
		bodyParameters: rows({
			// The same expressions as in our node, so that n8n does the same work.
			amount: CHARGE.amount as string,
			currency: CHARGE.currency as string,
			confirm: 'true',
			payment_method: CHARGE.paymentMethod as string,
			'automatic_payment_methods[enabled]': 'true',
			'automatic_payment_methods[allow_redirects]': 'never',
		}),
		options: { batching: { batch: { batchSize: atOnce, batchInterval: latencyMs } } },
	};
	return (
		node && {
			who: 'HTTP Request',
			charge: (orders) =>
				chargeWith(
					{ type: HTTP_REQUEST, typeVersion: 4.2, parameters },
					{ nodeTypes: { [HTTP_REQUEST]: node } },
					orders,
				),
		}
	);
}

const HTTP_REQUEST = 'n8n-nodes-base.httpRequest';

function loadHttpRequest(): RunOptions['nodeTypes'][string] | undefined {
	const folder = installedN8n();
	const file = join(folder, 'node_modules/n8n-nodes-base/dist/nodes/HttpRequest/HttpRequest.node.js');
	if (!existsSync(file)) {
		console.warn('SKIPPED: HTTP Request needs n8n. Bring it with: npm run test:e2e');
		return undefined;
	}
	const { HttpRequest } = createRequire(file)(file) as {
		HttpRequest: new () => RunOptions['nodeTypes'][string];
	};
	return new HttpRequest();
}
