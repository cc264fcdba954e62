/**
 * A process of its own that runs the node in n8n's engine, and dies by SIGKILL at a point of an entry's journey, as if the
 * power went off between two lines of code. What it is to do comes as JSON in `WORK`.
 */
import { subscribe } from 'node:diagnostics_channel';

import type { ICredentialDataDecryptedObject, IDataObject } from 'n8n-workflow';

import { systemTime } from '../../ledger/time';
import type { TraceMessage } from '../../ledger/trace';
import { StripeIdempotent } from '../../nodes/StripeIdempotent/StripeIdempotent.node.ts';
import type { NodeUnderTest } from '../engine';
import { runNode } from '../engine';

export interface Work {
	node: NodeUnderTest;
	credential: ICredentialDataDecryptedObject;
	items: IDataObject[];
	/** Die when this point is reached for the `nth` time. Without it the work is done to its end. */
	dieAt?: { point: string; nth: number };
}

const { node, credential, items, dieAt } = JSON.parse(process.env.WORK ?? '{}') as Work;

let reached = 0;
subscribe('n8n-nodes-stripe-idempotent', (message) => {
	if ((message as TraceMessage).point !== dieAt?.point) return;
	if (++reached === dieAt.nth) process.kill(process.pid, 'SIGKILL');
});

void runNode(node, {
	nodeTypes: { [node.type]: new StripeIdempotent(systemTime) },
	credentials: { stripeIdempotentApi: credential },
	items,
}).then(({ status }) => {
	process.stdout.write(`${status}\n`);
});
