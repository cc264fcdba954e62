import { deriveIdentity, entryOfKey } from '../ledger/identity/key';
import type { Entry, HarmlessKind } from '../ledger/model/entry';
import type { Params } from '../ledger/model/request';
import type { RetryPolicy } from '../stripe/api/retry';
import { leaseDurationMs } from '../stripe/api/retry';

/**
 * What takes several requests: a bill, or a change of plan at the end of the period. Its entry freezes the whole and sends
 * nothing itself; each step is an entry of its own, which names the attempt of the whole, so that it is the same step whoever
 * resumes it.
 */
export type WholeKind = 'bill' | 'change';

const BILL_OPERATION = 'invoice.billCustomer';

/** Stands for the steps of a change at the end of the period: Stripe has no such path, so nothing can be sent to it. */
const CHANGE_PATH = /^(\/v1\/subscriptions\/[^/]+)\/schedule$/;

/** One request of the whole. */
export interface Step {
	operation: string;
	path: string;
	params: Params;
	harmless?: HarmlessKind;
}

type OfWhole = Pick<Entry, 'operation' | 'request'>;

/** @returns undefined for what is sent in one request */
export function wholeKindOf({ operation, request }: OfWhole): WholeKind | undefined {
	if (operation === BILL_OPERATION) return 'bill';
	return subscriptionPathOf(request) === undefined ? undefined : 'change';
}

/** @throws RangeError for what is sent in one request */
export function requireWholeKind(entry: OfWhole): WholeKind {
	const kind = wholeKindOf(entry);
	if (kind === undefined) throw new RangeError(`${entry.operation} takes no steps`);
	return kind;
}

export function isBill(entry: OfWhole): boolean {
	return wholeKindOf(entry) === 'bill';
}

/** Where the subscription of a change at the end of its period is read; undefined for anything else. */
export function subscriptionPathOf({ path }: { path: string }): string | undefined {
	return CHANGE_PATH.exec(path)?.[1];
}

/** The whole that an entry is a step of, which its only field names; undefined for what is none. */
export function wholeOf({ fields }: Pick<Entry, 'fields'>): { kind: WholeKind; entryId: string } | undefined {
	const [field, ...others] = fields;
	if (!field || others.length > 0) return undefined;
	const [kind, key] = field;
	if (kind !== 'bill' && kind !== 'change') return undefined;
	const entryId = entryOfKey(key);
	return entryId === undefined ? undefined : { kind, entryId };
}

/** Which entry a step of the present attempt has. The id of the whole is under the key secret already. */
export function identifyStep(whole: Entry, { operation }: Pick<Step, 'operation'>) {
	const { mode, account, key } = whole;
	const field = { name: requireWholeKind(whole), value: key, treatAs: 'text' } as const;
	return deriveIdentity({ mode, account }, operation, [field]);
}

/**
 * ms that the claim of the whole lasts: for one step with all that is read around it. It is extended before each step, and no
 * step is claimed that could outlast it.
 */
export function stepsLeaseMs(policy: RetryPolicy, waitForBusyMs: number): number {
	return 3 * leaseDurationMs(policy) + waitForBusyMs;
}
