/** The fields that the page shows of an item from Idempotency Registry. */

export interface OutcomeItem {
	kind: string;
	statusCode?: number;
	message?: string;
	code?: string;
	declineCode?: string;
	requestId?: string;
	/** The person who decided the outcome. */
	decidedBy?: string;
}

export interface EntryItem {
	entryId: string;
	key: string;
	state: string;
	/** The send was cut off; the entry counts as unknown. */
	leaseExpired?: boolean;
	leaseUntil?: string | null;
	operation: string;
	fields: Record<string, string | string[]>;
	money: string | null;
	/** Whether the money has moved; null if the entry is not a payment. */
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
	/** The payment whose money this is, and since when its state is known. */
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
	/** Minor units, as text if a number would not be exact; null if there is no money. */
	amount: number | string | null;
	notMoved: number | string | null;
	currency: string | null;
	/** The amount that has moved, and the amount that was requested or is held. */
	money: string | null;
	notMovedMoney: string | null;
}

/** All payments, refunds or payouts of one currency with the same result. */
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

/** An item that could not be processed. */
export interface RefusedItem {
	error: { outcome: string; message: string; nextStep?: string | null };
}

/** A preceding node of the workflow, as a Code node sees it. */
export interface NodeBefore {
	isExecuted: boolean;
	/** @param output always passed: without it, n8n takes the output that leads to the calling node */
	all(output: number): { json: unknown }[];
}
