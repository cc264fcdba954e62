import type { ApprovalFacts, ApprovedReads } from '../../../ledger/identity/check';
import type { Entry } from '../../../ledger/model/entry';
import { getProvenOutcome } from '../../../ledger/model/entryStatus';
import { moneyOf } from '../../../ledger/model/entryFacts';
import type { Difference } from '../../../ledger/model/request';
import { sentParamsOf } from '../../../ledger/model/request';
import type { ClaimPreview } from '../../../ledger/claims';
import type { Ledger } from '../../../ledger/ledger';
import type { RequestedSpend } from '../../../ledger/rules/intent';
import type { Grant } from '../../../ledger/rules/grant';
import { isMeasured, measureSpend } from '../../../payments/expectedSpend';
import { toQueryContext } from '../../../payments/attemptRequest';
import { findIntentOperation } from '../../../payments/intentOperations';
import { findExistingAtStripe } from '../../../payments/createOnlyOne';
import { lookAtObject } from '../../../payments/lookAtObject';
import { lookAtSubscription } from '../../../payments/planChange';
import { readRequestedSpend } from '../../../payments/requestedSpend';
import { subscriptionPathOf, multiStepKindOf } from '../../../payments/steps';
import { errorToResult } from '../../shared/run/errorToResult';
import { getNotSentMessage } from '../../shared/run/notSent';
import type { ItemResult } from '../../shared/run/result';
import { resultOfClaim, toItemResult } from '../../shared/run/result';
import { buildAttemptRequest } from '../attempt';
import { SentInRun } from '../cap';
import type { WriteItem } from '../item';
import { ItemReads } from '../itemReads';
import { refuseOtherConflict } from '../onlyCustomer';
import { findRefundWarnings } from './refundWarnings';

/** What a run would do with an item. */
export type CheckAnswer = 'new' | 'doneBefore' | 'conflict' | 'refused' | 'busy' | 'unknown' | 'twin';

export interface CheckedItem {
	answer: CheckAnswer;
	message: string;
	nextStep: string;
	/** The entry of the item; undefined if it is refused before it has one. */
	entryId?: string;
	entry?: Entry;
	amount?: Amount;
	/** The expected amounts, for people: `today 37.50 EUR, then 99.00 EUR a month`. */
	inWords?: string;
	differences?: readonly Difference[];
	/** Warnings for a person before it is sent. */
	warnings?: readonly string[];
	/** The first item of the run with the same key. */
	twinOf?: number;
	/** In minor units, if the limits can determine it. */
	spend?: ApprovedReads['spend'];
	/** What a person approves; absent if it is not known. */
	facts?: ApprovalFacts;
}

interface Amount {
	minor: bigint;
	currency: string;
}

/** Converts a result that does not come from the ledger. */
export function toCheckedItem({ output, outcome, message, nextStep, entry }: ItemResult): CheckedItem {
	const facts = { message, nextStep, entry };
	if (outcome === 'succeeded') return { ...facts, answer: 'doneBefore' };
	if (outcome === 'busy' || outcome === 'conflict') return { ...facts, answer: outcome };
	return { ...facts, answer: output === 'retry' ? 'unknown' : 'refused' };
}

/** Determines what a run would do now: by the claim table, and by reading the object if the operation starts with that. */
export async function checkItem(item: WriteItem, ledger: Ledger, signal?: AbortSignal): Promise<CheckedItem> {
	const { preview, problem } = await previewItem(item, ledger);
	refuseOtherConflict(preview.decision, item.options.onlyCustomer);
	const { entryId, current, approvable } = preview;
	const answered = await answer(item, ledger, preview, signal);
	const checked = problem && answered.answer === 'new' ? withProblem(answered, problem) : answered;
	const amount = await readAmount(item, checked, preview);
	const warnings = checked.answer === 'new' ? await readWarnings(item) : [];
	const { decision } = preview;
	const { expectation } = decision.kind === 'granted' ? decision.grant.entry : (current ?? {});
	return {
		...checked,
		entryId,
		entry: checked.entry ?? current,
		...(amount && { amount, inWords: expectation?.inWords }),
		...(warnings.length > 0 ? { warnings } : {}),
		...(approvable.spend && { spend: approvable.spend }),
		...(problem ? {} : { facts: approvable.facts }),
	};
}

/** Reads what a person approves. If that fails, a run without approval may still be able to send the request. */
async function previewItem(
	{ claim, approval }: WriteItem,
	ledger: Ledger,
): Promise<{ preview: ClaimPreview; problem?: ItemResult }> {
	try {
		return { preview: await ledger.previewClaim({ ...claim, ...approval?.claim }) };
	} catch (error) {
		const problem = errorToResult(error);
		return { preview: await ledger.previewClaim(claim), problem };
	}
}

function withProblem(checked: CheckedItem, { message }: ItemResult): CheckedItem {
	return { ...checked, nextStep: `It cannot be approved. ${message}` };
}

function answer(
	item: WriteItem,
	ledger: Ledger,
	{ decision }: ClaimPreview,
	signal?: AbortSignal,
): CheckedItem | Promise<CheckedItem> {
	if (decision.kind === 'granted') return answerGrant(item, ledger, decision.grant, signal);
	const checked = toCheckedItem(resultOfClaim(decision, { isDuplicate: true }));
	return decision.kind === 'conflict' ? { ...checked, differences: decision.differences } : checked;
}

async function answerGrant(
	item: WriteItem,
	ledger: Ledger,
	grant: Grant,
	signal?: AbortSignal,
): Promise<CheckedItem> {
	const proven = getProvenOutcome(grant.entry);
	if (proven) return toCheckedItem(toItemResult(proven, { entry: grant.previous }));
	const seen = item.terminal && (await look(item, ledger, grant, signal));
	if (isInDoubt(grant)) return seen ?? UNFINISHED[multiStepKindOf(grant.entry) ?? 'other'];
	return (
		seen ??
		(await lookForTwin(item, ledger, signal)) ??
		(await lookForSchedule(item, ledger, grant, signal)) ??
		describeNewAttempt(grant)
	);
}

/** Looks for an existing object, for which a run would refuse to create another one. */
async function lookForTwin(
	item: WriteItem,
	ledger: Ledger,
	signal?: AbortSignal,
): Promise<CheckedItem | undefined> {
	// The grant has already looked up the customer.
	if (item.claim.onlyOne?.kind === 'customer') return undefined;
	const attempt = buildAttemptRequest(item, ledger, new SentInRun());
	const twin = await findExistingAtStripe(item.claim, { attempt, signal });
	if (twin === undefined || twin === 'own') return undefined;
	const [outcome] = twin.outcomes;
	return toCheckedItem(toItemResult(outcome, getNotSentMessage(outcome)));
}

/** Looks for a schedule or a planned cancellation, for which a run would refuse a change at the end of the period. */
async function lookForSchedule(
	item: WriteItem,
	ledger: Ledger,
	{ entry }: Grant,
	signal?: AbortSignal,
): Promise<CheckedItem | undefined> {
	const path = subscriptionPathOf(item);
	if (path === undefined) return undefined;
	const attempt = buildAttemptRequest(item, ledger, new SentInRun());
	const begin = await lookAtSubscription(toQueryContext(attempt, signal, entry.leaseUntil), path);
	if ('subscription' in begin) return undefined;
	const { outcome } = begin;
	return toCheckedItem(toItemResult(outcome, getNotSentMessage(outcome)));
}

/** Reads the object, as a run does first. */
async function look(
	item: WriteItem,
	ledger: Ledger,
	grant: Grant,
	signal?: AbortSignal,
): Promise<CheckedItem | undefined> {
	const attempt = buildAttemptRequest(item, ledger, new SentInRun());
	const report = await lookAtObject(grant, attempt, item.terminal ?? {}, signal);
	if (!report) return undefined;
	if (report.conflict) {
		const { differences } = report.conflict;
		return { ...toCheckedItem(resultOfClaim(report.conflict, { isDuplicate: true })), differences };
	}
	const [outcome] = report.outcomes;
	return toCheckedItem(toItemResult(outcome, { entry: grant.previous, ...getNotSentMessage(outcome) }));
}

/** Returns whether the request may have been sent: a run would resend the same key, or reconcile first. */
function isInDoubt({ reconcileFirst, previous, entry }: Grant): boolean {
	const isOpen = previous?.state === 'unknown' || previous?.state === 'in_flight';
	return reconcileFirst || isOpen || entry.mayHaveExecuted;
}

const IN_DOUBT: CheckedItem = {
	answer: 'unknown',
	message: 'An earlier run sent this, and its outcome is unknown',
	nextStep: 'A run will find out its outcome, with the same key. Nothing is charged twice.',
};

const UNFINISHED_CHANGE: CheckedItem = {
	answer: 'unknown',
	message: 'An earlier run began this change and did not finish it',
	nextStep: 'A run continues where it stopped. No second schedule is made.',
};

const UNFINISHED_BILL: CheckedItem = {
	answer: 'unknown',
	message: 'An earlier run began this bill and did not finish it',
	nextStep: 'A run continues where it stopped. Nothing is billed twice.',
};

const UNFINISHED = { bill: UNFINISHED_BILL, change: UNFINISHED_CHANGE, other: IN_DOUBT };

function describeNewAttempt({ previous, entry }: Grant): CheckedItem {
	const { sentPath } = entry.request;
	const to = sentPath === undefined ? '' : `, to ${sentPath}`;
	const isRepeat = previous !== undefined && 'outcome' in previous;
	const before = isRepeat && previous.state === 'rejected' ? ' again, after it was rejected before' : '';
	return {
		answer: 'new',
		message: `A run would send this${before}${to}`,
		nextStep: 'Nothing was sent. Run it without Check Only to send it.',
	};
}

/** Reads the amount: from the ledger if it was done, otherwise in the same way as a limit. */
async function readAmount(
	item: WriteItem,
	{ answer }: CheckedItem,
	{ current, approvable }: ClaimPreview,
): Promise<Amount | undefined> {
	const known = answer === 'doneBefore' && current ? moneyOf(current) : undefined;
	if (known) return { minor: BigInt(known.amount), currency: known.currency };
	const spend = approvable.spend ?? item.requestedSpend ?? (await readSpend(item));
	return toAmount(spend?.amount ?? item.params.amount, spend?.currency ?? item.params.currency);
}

/** Only a check makes these reads, because they would slow a run down. */
async function readWarnings(item: WriteItem): Promise<readonly string[]> {
	if (item.name !== 'refund.create') return [];
	try {
		return await findRefundWarnings(item.params, new ItemReads(item, item.connection.clock).get);
	} catch (error) {
		return [
			`Whether the payment is disputed, or credited, could not be read: ${errorToResult(error).message}`,
		];
	}
}

/**
 * Parameters are strings.
 *
 * @returns undefined if the amount is not known
 */
function toAmount(amount: unknown, currency: unknown): Amount | undefined {
	const isWhole = typeof amount === 'number' ? Number.isSafeInteger(amount) : isDigits(amount);
	if (!isWhole || typeof currency !== 'string' || currency === '') return undefined;
	return { minor: BigInt(amount as number | string), currency: currency.toLowerCase() };
}

function isDigits(amount: unknown): boolean {
	return typeof amount === 'string' && /^\d+$/.test(amount);
}

/** If the amount cannot be read, the check answers without it. */
async function readSpend(item: WriteItem): Promise<RequestedSpend | undefined> {
	const operation = findIntentOperation(item.name);
	const { path, connection } = item;
	const params = sentParamsOf(item.claim.request);
	// A bill that was started may have taken the pending items already.
	if (!operation || params.pending_invoice_items_behavior === 'include') return undefined;
	const { get } = new ItemReads(item, connection.clock);
	try {
		if (!isMeasured(operation))
			return (await readRequestedSpend({ operation, path, params }, get)).requestedSpend;
		const { expectation } = await measureSpend(
			operation,
			{ path, params, now: connection.clock.now() },
			get,
		);
		return expectation.spend;
	} catch (error) {
		errorToResult(error);
		return undefined;
	}
}
