import type { INodeProperties } from 'n8n-workflow';

import type { RegistryResult, RegistryOutput } from './output/result';
import type { RegistryItem } from './item';

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
 * `execute` may throw what `errorToResult` has messages for (ItemError, InvalidKeyFieldError, StoreUnavailableError, ExpressionError …):
 * the item then leaves through `refused`. It throws nothing else.
 */
export interface RegistryOperation {
	/** The operation's name in workflows: a contract. */
	value: string;
	name: string;
	action: string;
	description: string;
	/** Its outputs in n8n's order. The last one is always `refused`. */
	outputs: readonly [...RegistryOutput[], 'refused'];
	/**
	 * The operation's own parameters. The conditions that show them are derived from the table, and the parameters of the ledger
	 * are added.
	 */
	properties: INodeProperties[];
	/** Its own options in addition to those of the ledger, sorted for the editor. */
	options?: INodeProperties[];
	/** Whether it needs the account, and therefore a Stripe credential. */
	needsStripe?: true;
	/** The verb for the progress of many items: "25 of 30 retried"; default "completed". */
	progress?: string;
	/** A decision for people only. A model that calls it gets this explanation instead, and the decision waits for a person. */
	humanOnly?: { rule: string; waits: string };
	/** Whether only items of the first output may continue. */
	letsThrough?: true;
	/** How many items are processed at once. Default: one after the other, because their order matters. */
	concurrency?: number;
	/** One item may produce several results, each of which is routed on its own. */
	execute: (item: RegistryItem) => Promise<RegistryResult | readonly RegistryResult[]>;
}

/** A group of operations, with a folder each: `claims/`, `tokens/`, `entries/`. */
export interface RegistryResource {
	value: string;
	name: string;
	/** The default operation. The first one if omitted. */
	usual?: string;
	operations: RegistryOperation[];
}
