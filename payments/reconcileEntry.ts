import type { Entry } from '../ledger/model/entry';
import { getProvenOutcome } from '../ledger/model/entryStatus';
import type { Ledger } from '../ledger/ledger';
import type { ReconciliationResult } from '../ledger/rules/applyReconciliation';
import { needsReconciliation } from '../ledger/rules/applyReconciliation';
import type { RunPace } from '../stripe/api/rateLimiter';
import type { Finding } from '../stripe/reconcile/finding';
import { reconcileWithStripe } from '../stripe/reconcile/reconcile';
import type { QueryContext } from '../stripe/reconcile/stripeQueries';
import { findBill } from './findBill';
import { findChange } from './findChange';
import { notSentAfter, PROVED_NOT_EXECUTED } from './notSent';
import { multiStepKindOf } from './steps';
import { toSentEntry, toSentRequest } from './attemptRequest';
import { readResultingPayment } from './resultingPayment';
import type { StripeAccess } from './stripeAccess';
import { entryKindOf } from './stripeAccess';

/** What is needed to reconcile entries with Stripe and to record the result. */
export interface ReconcileContext {
	ledger: Ledger;
	stripe: StripeAccess;
	timeoutMs: number;
	/** The pace of the run that reconciles. */
	pace?: RunPace;
	signal?: AbortSignal;
}

/** The result of a reconciliation, with the entry after it. */
export type ReconciledEntry = { entry: Entry } & (
	| { kind: 'found'; finding: Finding }
	/** Nothing to reconcile; or another run is working on the entry, or was during the reconciliation. */
	| { kind: 'already_resolved' | 'in_progress' }
	/** Stripe cannot be asked about the entry, with this credential or at all. */
	| { kind: 'event' | 'other_api' | 'other_mode' }
);

/**
 * Asks Stripe for the outcome of an entry, and records it in the ledger.
 *
 * @returns undefined if the entry no longer exists
 * @throws StoreUnavailableError, TimeUnknownError
 */
export async function reconcileEntry(
	entry: Entry,
	context: ReconcileContext,
): Promise<ReconciledEntry | undefined> {
	const { ledger, stripe, signal } = context;
	const { clock } = stripe.connection;
	if (!needsReconciliation(entry, clock.now())) return { kind: settledKindOf(entry), entry };
	const seen = getFindingFromLateResponses(entry) ?? (await queryStripe(entry, context));
	if (typeof seen === 'string') return { kind: seen, entry };
	const finding = await addPayment(seen, entry, context);
	// A run that was stopped did not finish the reconciliation, so nothing is recorded.
	if (signal?.aborted) return { kind: 'found', finding, entry };
	const result = toReconciliationResult(finding, entry);
	const { isWritten, entry: current } = await ledger.recordReconciliation(entry, result);
	if (!current) return undefined;
	if (isWritten) return { kind: 'found', finding, entry: current };
	const kind = needsReconciliation(current, clock.now()) ? 'in_progress' : settledKindOf(current);
	return { kind, entry: current };
}

/** Builds the context for queries about an entry; undefined if the credential belongs to another account or mode. */
export function buildQueryContext(
	entry: Entry,
	{ stripe, timeoutMs, pace, signal }: ReconcileContext,
): QueryContext | undefined {
	const access = stripe.forEntry(entry);
	return access && { ...access, timeoutMs, pace, time: stripe.connection.clock, signal };
}

/** The message to record if Stripe may still execute the request. */
export function describeMayStillExecute(until: number): string {
	return `It was not executed. Stripe may still execute it until ${new Date(until).toISOString()}`;
}

function settledKindOf({ state }: Entry): 'in_progress' | 'already_resolved' {
	return state === 'in_flight' ? 'in_progress' : 'already_resolved';
}

/** Adds the money that only another object shows, as for a response. */
async function addPayment(finding: Finding, entry: Entry, context: ReconcileContext): Promise<Finding> {
	const query = finding.kind === 'executed' ? buildQueryContext(entry, context) : undefined;
	if (finding.kind !== 'executed' || !query) return finding;
	const { outcome } = finding;
	const payment = await readResultingPayment(query, entry, outcome, toSentRequest(entry).params);
	return typeof payment === 'string' ? finding : { ...finding, outcome: { ...outcome, payment } };
}

/** A late response under the same key, so that Stripe need not be asked. */
function getFindingFromLateResponses(entry: Entry): Finding | undefined {
	const proven = getProvenOutcome(entry);
	return proven && { kind: 'executed', outcome: { ...proven, kind: 'succeeded' } };
}

/** Reconciles an entry with Stripe. Returns the reason instead if Stripe cannot be queried about it. */
async function queryStripe(
	entry: Entry,
	context: ReconcileContext,
): Promise<Finding | 'event' | 'other_api' | 'other_mode'> {
	const kind = entryKindOf(entry);
	if (kind !== 'stripe') return kind === 'event' ? 'event' : 'other_api';
	const query = buildQueryContext(entry, context);
	if (!query) return 'other_mode';
	const multiStepKind = multiStepKindOf(entry);
	if (multiStepKind === 'bill') return findBill(entry, { query, ...stepsIn(context) });
	if (multiStepKind === 'change') return findChange(entry, { query, ...stepsIn(context) });
	return reconcileWithStripe(query, toSentEntry(entry, context.stripe.connection.clock.now()));
}

/** A multi-step operation is reconciled through its steps. */
function stepsIn(context: ReconcileContext): Omit<Parameters<typeof findBill>[1], 'query'> {
	return {
		find: (entryId) => context.ledger.find(entryId),
		resolve: (step) => reconcileEntry(step, context),
	};
}

/** Returns what to record in the ledger for a finding. */
function toReconciliationResult(finding: Finding, entry: Entry): ReconciliationResult {
	switch (finding.kind) {
		case 'executed':
			return { kind: 'executed', outcome: finding.outcome };
		case 'not_executed': {
			const { mayStillExecuteUntil: until } = finding;
			if (until === undefined) return { kind: 'not_executed', outcome: PROVED_NOT_EXECUTED };
			const message = describeMayStillExecute(until);
			return { kind: 'inconclusive', outcome: { kind: 'unknown', message } };
		}
		case 'inconclusive':
		case 'stripe_unavailable':
			return { kind: 'inconclusive', outcome: { ...notSentAfter(finding, entry), kind: 'unknown' } };
	}
}
