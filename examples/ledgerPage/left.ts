/** What leaves the nodes before: the fields of Idempotency Registry that the page shows. */

export interface OutcomeItem {
	kind: string;
	statusCode?: number;
	message?: string;
	code?: string;
	declineCode?: string;
	requestId?: string;
	/** The person who has found it out. */
	decidedBy?: string;
}

export interface EntryItem {
	entryId: string;
	key: string;
	state: string;
	/** It was cut off while it was sent: it counts as unknown. */
	leaseExpired?: boolean;
	leaseUntil?: string | null;
	operation: string;
	fields: Record<string, string | string[]>;
	money: string | null;
	/** Whether its money has moved; null for what is no payment. */
	paymentState: string | null;
	customer: string | null;
	objectId: string | null;
	requestId: string | null;
	outcome: OutcomeItem | null;
	attempt: number;
	sends: number;
	createdAt: string;
	firstSentAt: string | null;
	lastSentAt: string | null;
	settledAt: string | null;
	mode: string;
	account: string | null;
	origin: { workflowName?: string; workflowId?: string; nodeName?: string; executionId?: string };
	previousAttempts: PreviousAttempt[];
	/** The payment whose money it is, and since when that is known. */
	payment?: { object: string; asOf: string | null } | null;
	lateResponses: { outcome: OutcomeItem; at: string | null }[];
	reservation: Reservation | null;
	cancellation: { reason: string; decidedBy: string | null; at: string | null } | null;
	reconciled?: Reconciled;
}

interface PreviousAttempt {
	attempt: number;
	outcome: OutcomeItem;
	settledAt: string | null;
	sends?: number | null;
	firstSentAt?: string | null;
}

interface Reservation {
	purpose: string;
	agent: string;
	approvedBy: string | null;
	approvedAt: string | null;
}

export interface Reconciled {
	finding: string;
	reason?: string | null;
	dashboardUrl?: string | null;
	retryAt?: string | null;
	nextStep?: string | null;
}

export interface GroupItem {
	operation: string;
	state: string;
	paymentState: string | null;
	entries: number;
	/** Minor units, as text where a number would not be exact; null where there is no money. */
	amount: number | string | null;
	notMoved: number | string | null;
	currency: string | null;
	/** What has moved, and what was asked for or is held. */
	money: string | null;
	notMovedMoney: string | null;
}

/** All payments, refunds or payouts of one currency that have come to the same. */
export interface MoneyItem {
	kind: string;
	paymentState: string | null;
	count: number;
	money: string;
	notMovedMoney: string;
}

export interface SummaryItem {
	entries: number;
	states: Record<string, number>;
	money: MoneyItem[];
	days: (GroupItem & { day: string })[];
	total: GroupItem[];
	waitingForApproval: number;
}

/** An item that could not be dealt with. */
export interface RefusedItem {
	error: { outcome: string; message: string; nextStep?: string | null };
}

/** A node of the workflow, as a Code node sees it. */
export interface NodeBefore {
	isExecuted: boolean;
	/** @param output always said: without it n8n takes the one that leads to the node that asks */
	all(output: number): { json: unknown }[];
}
