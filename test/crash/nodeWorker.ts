/**
 * A separate process that runs the node in n8n's engine. It kills itself with SIGKILL at a point of an entry's
 * journey, like a power failure between two lines of code. It loads n8n first, and then receives its job.
 */
import { subscribe } from 'node:diagnostics_channel';

import type { ICredentialDataDecryptedObject, IDataObject, INodeExecutionData } from 'n8n-workflow';

import type { TraceMessage } from '../../ledger/tracing';
import { IdempotencyRegistry } from '../../nodes/IdempotencyRegistry/IdempotencyRegistry.node.ts';
import { StripeIdempotent } from '../../nodes/StripeIdempotent/StripeIdempotent.node.ts';
import type { NodeUnderTest } from '../engine';
import { runNode } from '../engine';
import { skewClock } from './skewedClock';

const STRIPE_NODE = 'n8n-nodes-stripe-idempotent.stripeIdempotent';
const REGISTRY_NODE = 'n8n-nodes-stripe-idempotent.idempotencyRegistry';

export interface NodeJob {
	node: NodeUnderTest;
	credentials: Record<string, ICredentialDataDecryptedObject>;
	items: IDataObject[];
	/** The error of this process's clock in ms. */
	clockOffMs?: number;
	/** Dies when this point is reached for the `nth` time. Without it, the job runs to its end. */
	dieAt?: { point: string; nth: number };
}

export type NodeWorkerMessage =
	| { kind: 'ready' }
	/** The items by the node's outputs. */
	| { kind: 'done'; outputs: INodeExecutionData[][] };

const report = (news: NodeWorkerMessage) => process.send?.(news);

async function work({ node, credentials, items, clockOffMs = 0, dieAt }: NodeJob): Promise<void> {
	const time = skewClock(clockOffMs);
	let reached = 0;
	subscribe('n8n-nodes-stripe-idempotent', (message) => {
		if ((message as TraceMessage).point !== dieAt?.point) return;
		if (++reached === dieAt.nth) process.kill(process.pid, 'SIGKILL');
	});
	const { items: outputs } = await runNode(node, {
		nodeTypes: {
			[STRIPE_NODE]: new StripeIdempotent(time),
			[REGISTRY_NODE]: new IdempotencyRegistry(time),
		},
		credentials,
		items,
	});
	report({ kind: 'done', outputs });
}

process.on('message', (order: NodeJob) => {
	work(order).catch((error: unknown) => {
		console.error(error);
		process.exit(1);
	});
});
process.on('disconnect', () => process.exit());
report({ kind: 'ready' });
