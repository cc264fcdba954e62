import { deriveIdentity, entryOfKey } from '../ledger/identity/key';
import type { Entry, HarmlessKind } from '../ledger/model/entry';
import type { Params } from '../ledger/model/request';
import type { RetryPolicy } from '../stripe/api/retry';
import { leaseDurationMs } from '../stripe/api/retry';

/**
 * The operations that take several requests: a bill, and a change of plan at the end of the period. The parent entry freezes the
 * parameters and sends nothing itself. Each step has an entry of its own, whose key is derived from the parent's attempt, so that
 * every run that resumes the operation identifies the same step.
 */
export type MultiStepKind = 'bill' | 'change';

const BILL_OPERATION = 'invoice.billCustomer';

/** The path of a parent entry. Stripe has no such path, so nothing can be sent to it by mistake. */
const CHANGE_PATH = /^(\/v1\/subscriptions\/[^/]+)\/schedule$/;

/** One request of a multi-step operation. */
export interface Step {
	operation: string;
	path: string;
	params: Params;
	harmless?: HarmlessKind;
}

type OperationFacts = Pick<Entry, 'operation' | 'request'>;

/** Returns which multi-step operation an entry is; undefined if it is sent in one request. */
export function multiStepKindOf({ operation, request }: OperationFacts): MultiStepKind | undefined {
	if (operation === BILL_OPERATION) return 'bill';
	return subscriptionPathOf(request) === undefined ? undefined : 'change';
}

/** @throws RangeError if the entry is sent in one request */
export function requireMultiStepKind(entry: OperationFacts): MultiStepKind {
	const kind = multiStepKindOf(entry);
	if (kind === undefined) throw new RangeError(`${entry.operation} takes no steps`);
	return kind;
}

export function isBill(entry: OperationFacts): boolean {
	return multiStepKindOf(entry) === 'bill';
}

/** Returns the path of the subscription of a change at the end of its period; undefined for any other request. */
export function subscriptionPathOf({ path }: { path: string }): string | undefined {
	return CHANGE_PATH.exec(path)?.[1];
}

/** Returns the parent of a step, which is named by the step's only key field; undefined if the entry is not a step. */
export function parentOf({
	fields,
}: Pick<Entry, 'fields'>): { kind: MultiStepKind; entryId: string } | undefined {
	const [field, ...others] = fields;
	if (!field || others.length > 0) return undefined;
	const [kind, key] = field;
	if (kind !== 'bill' && kind !== 'change') return undefined;
	const entryId = entryOfKey(key);
	return entryId === undefined ? undefined : { kind, entryId };
}

/** Derives the entry ID and key of a step of the parent's current attempt. The parent's ID already depends on the key secret. */
export function identifyStep(parent: Entry, { operation }: Pick<Step, 'operation'>) {
	const { mode, account, key } = parent;
	const field = { name: requireMultiStepKind(parent), value: key, treatAs: 'text' } as const;
	return deriveIdentity({ mode, account }, operation, [field]);
}

/**
 * The lease of the parent's claim in ms: enough for one step and the reads around it. It is extended before each step, and a step
 * that could outlast it is not claimed.
 */
export function stepsLeaseMs(policy: RetryPolicy, waitForBusyMs: number): number {
	return 3 * leaseDurationMs(policy) + waitForBusyMs;
}
