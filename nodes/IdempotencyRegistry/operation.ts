import type { INodeProperties } from 'n8n-workflow';

import type { RegistryResult } from './output/result';
import type { RegistryItem } from './item';
import type { RegistryOutput } from './output/outputs';

/**
 * One thing that the node can do. A row of the table looks like this:
 *
 *     export const get: Operation = {
 *       value: 'get',
 *       name: 'Get',
 *       action: 'Get an entry',
 *       description: 'Read one entry of the ledger',
 *       outputs: ['done', 'refused'],
 *       properties: [{ displayName: 'Entry', name: 'entry', type: 'string', … }],
 *       execute: async (item) => {
 *         const entryId = item.read.text('entry');
 *         const entry = await (await item.ledger()).find(entryId);
 *         return entry ? done({ … }) : refused({ outcome: 'not_found', message: …, nextStep: … });
 *       },
 *     };
 *
 * `execute` may throw what `errorToResult` has words for (ItemError, InvalidKeyFieldError, StoreUnavailableError, ExpressionError …):
 * the frame lets the item leave through `refused` then. It throws nothing else.
 */
export interface RegistryOperation {
	/** The operation's name in workflows: a contract. */
	value: string;
	name: string;
	action: string;
	description: string;
	/** Its outputs in n8n's order; the last one is always `refused`. */
	outputs: readonly [...RegistryOutput[], 'refused'];
	/** Its own parameters; where they show is filled in from the table. Those of the ledger follow by themselves. */
	properties: INodeProperties[];
	/** Its own options beside those of the ledger; the frame sorts them. */
	options?: INodeProperties[];
	/** Whether it needs to know the account in Stripe, and so asks for the Stripe credential. */
	needsStripe?: true;
	/** What is done to each thing, in the words of a run with many of them: "25 of 30 retried"; else "completed". */
	progress?: string;
	/** A person's decision: a model that calls it is told so, in place of doing it. What it is about then waits for a person. */
	humanOnly?: { rule: string; waits: string };
	/** What leaves through the first output may go on: nothing else may. */
	letsThrough?: true;
	/** How many items at the same time; one after the other where their order decides. */
	concurrency?: number;
	/** One item may lead to several things, each of which leaves by itself. */
	execute: (item: RegistryItem) => Promise<RegistryResult | readonly RegistryResult[]>;
}

/** What the node's operations are about. Each is a file of its own: `claims/`, `tokens/`, `entries/`. */
export interface RegistryResource {
	value: string;
	name: string;
	/** The operation that is chosen at first; the first one if it is left out. */
	usual?: string;
	operations: RegistryOperation[];
}
