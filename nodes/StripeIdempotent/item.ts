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
	/** Resource and operation: `refund.create`. */
	name: string;
	connection: Connection;
	options: Options;
	pace: RunPace;
	signal: AbortSignal | undefined;
	path: string;
	params: Params;
}

/** What one input item asks for, read from its parameters. Nothing has been sent for it yet. */
export type Item = ReadItem | WriteItem;

export type ReadItem = ReportItem | SimpleReadItem;

export type SimpleReadItem = ItemRequest & {
	kind: 'read';
	operation: ReadOperation | ListOperation;
	/** How many objects a list may give. */
	most: number;
};

/** What is found out by several reads. */
export type ReportItem = ItemRequest & {
	kind: 'read';
	operation: ReportOperation;
	report: ReturnType<ReportOperation['prepare']>;
};

/** What is told of an item at the end of a run: of a write no more than that, so that thousands of claims are not kept. */
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
	/** Set where a person is to approve it, or has done so. */
	approval?: ItemApproval;
	class: OperationClass;
	/** Set where nothing can undo it: its object is looked at before it is sent. */
	terminal?: TerminalRequest;
	/** What it would move, where that is held against a token or a limit. */
	requestedSpend?: RequestedSpend;
	/** It takes several steps. */
	isBill?: true;
	/** That is read for each attempt, and stands in its entry. */
	isMeasured?: true;
};
