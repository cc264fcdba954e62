/**
 * Runs the example workflow once in n8n's engine, in a separate process that can be killed like a real n8n. The
 * ledger is in the same place as in n8n: the user folder, which the demo sets in `N8N_USER_FOLDER`.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { parse } from 'csv-parse/sync';
import type { INodeExecutionData } from 'n8n-workflow';

import { systemTime } from '../../ledger/clock';
import { StripeIdempotent } from '../../nodes/StripeIdempotent/StripeIdempotent.node.ts';
import type { WorkflowJson } from '../../test/engine';
import { runWorkflow } from '../../test/engine';

export interface DemoOrder {
	[field: string]: string;
	order_number: string;
	customer: string;
	amount: string;
	currency: string;
}

/** The items of each output of the node, as printed for the demo. */
export type RunOutputs = Record<'Paid' | 'Tell Somebody' | 'Run Again Later', INodeExecutionData[]>;

const EXAMPLES = join(__dirname, '..');

export function readOrders(): DemoOrder[] {
	return parse(readFileSync(join(EXAMPLES, 'orders.csv')), { columns: true });
}

async function main(baseUrl: string, hoursLater: number): Promise<void> {
	const workflow = JSON.parse(
		readFileSync(join(EXAMPLES, 'charge-orders-once.json'), 'utf8'),
	) as WorkflowJson;
	const time = { ...systemTime, now: () => Date.now() + hoursLater * 3_600_000 };
	const result = await runWorkflow(workflow, {
		nodeTypes: { 'n8n-nodes-stripe-idempotent.stripeIdempotent': new StripeIdempotent(time) },
		credentials: { stripeIdempotentApi: { secretKey: 'sk_test_demo', baseUrl } },
		mode: 'trigger',
		items: readOrders(),
	});
	if (result.status !== 'success') throw new Error(result.error?.message ?? result.status);
	const [paid = [], tell = [], again = []] = result.outputs('Charge Once');
	process.stdout.write(
		JSON.stringify({ Paid: paid, 'Tell Somebody': tell, 'Run Again Later': again } satisfies RunOutputs),
	);
}

if (require.main === module) {
	const { STRIPE_URL = '', HOURS_LATER = '0' } = process.env;
	main(STRIPE_URL, Number(HOURS_LATER)).catch((error: unknown) => {
		console.error(error);
		process.exitCode = 1;
	});
}
