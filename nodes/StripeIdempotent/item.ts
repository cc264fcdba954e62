import type { RequestedSpend } from '../../ledger/rules/intent';
import type { Params } from '../../ledger/model/request';
import type { ClaimRequest } from '../../ledger/rules/claimRequest';
import type { TerminalRequest } from '../../payments/lookAtObject';
import type { Connection } from '../../stripe/api/connection';
import type { RunPace } from '../../stripe/api/rateLimiter';
import type { ItemApproval } from './check/itemApproval';
import type { ListOperation, OperationClass, ReadOperation, ReportOperation } from './operations/operation';
import type { Options } from './options';

export interface ItemRequest {
	index: number;
	/** The resource and operation: `refund.create`. */
	name: string;
	connection: Connection;
	options: Options;
	pace: RunPace;
	signal: AbortSignal | undefined;
	path: string;
	params: Params;
}

/** An input item, read from its parameters. Nothing has been sent for it yet. */
export type Item = ReadItem | WriteItem;

export type ReadItem = ReportItem | SimpleReadItem;

export type SimpleReadItem = ItemRequest & {
	kind: 'read';
	operation: ReadOperation | ListOperation;
	/** The maximum number of objects in a list. */
	most: number;
};

/** A report that takes several reads. */
export type ReportItem = ItemRequest & {
	kind: 'read';
	operation: ReportOperation;
	report: ReturnType<ReportOperation['prepare']>;
};

/** What is kept of an item until the end of a run. For a write this is little, so that thousands of claims need not be kept. */
export type FinishedItem = ReadItem | FinishedWrite;

export type FinishedWrite = Pick<WriteItem, 'kind' | 'name' | 'connection' | 'options'> & {
	claim: Pick<ClaimRequest, 'fields' | 'origin'>;
};

export function toFinishedItem(item: Item): FinishedItem {
	if (item.kind === 'read') return item;
	const { kind, name, connection, options, claim } = item;
	return { kind, name, connection, options, claim: { fields: claim.fields, origin: claim.origin } };
}

export type WriteItem = ItemRequest & {
	kind: 'write';
	method: 'POST' | 'DELETE';
	claim: ClaimRequest;
	/** Set if a person is to approve the item, or has approved it. */
	approval?: ItemApproval;
	class: OperationClass;
	/** Set if the request cannot be undone: its object is read before it is sent. */
	terminal?: TerminalRequest;
	/** What the request would move, if it is compared with a token or a limit. */
	requestedSpend?: RequestedSpend;
	/** It takes several steps. */
	takesSteps?: true;
	/** What it would move is read from Stripe for each attempt, and stored in its entry. */
	isMeasured?: true;
};
