import type { Entry, InFlightEntry, Outcome } from '../ledger/model/entry';
import { getProvenOutcome } from '../ledger/model/entryStatus';
import type { FinalClaimDecision } from '../ledger/rules/claim';
import type { Grant } from '../ledger/rules/grant';
import { toSuccessFacts } from '../stripe/objects/paymentState';
import type { StripeObject } from '../stripe/objects/stripeObject';
import { toQueryContext } from './attemptRequest';
import type { BillParams, BillStep } from './bill';
import {
	billLeaseMs,
	collectStep,
	CREATE_INVOICE,
	createStep,
	finalizeStep,
	identifyStep,
	linesStep,
	readBillParams,
} from './bill';
import type { BillEnd } from './billEnd';
import { readInterruption, stop } from './billEnd';
import type { BillInvoiceState } from './billInvoice';
import { findDifferences, readBillInvoice } from './billInvoice';
import type { StepContext } from './billStep';
import { executeStep } from './billStep';
import type { ExecutionResult } from './executeAttempt';
import type { Halt } from './halt';
import { buildNotSent } from './notSent';
import type { ReconcileContext } from './reconcileEntry';
import { reconcileEntry } from './reconcileEntry';
import { StripeAccess } from './stripeAccess';
import { countLeaseLoss, timeLedger } from './telemetry';

type SettledBill = Extract<ExecutionResult, { kind: 'settled' }>;

/** The input of one bill. */
export interface BillRequest extends StepContext {
	/** Claims the whole bill, with its frozen request. */
	claim: () => Promise<FinalClaimDecision>;
}

/**
 * Executes a bill: draft → all lines → compared with Stripe's invoice → finalized → sent or paid. The whole bill is claimed first
 * with everything that was requested, so a repeat with other values is a conflict of the whole bill. Each step has its own claim.
 * While its invoice exists and is not finished, the bill counts as unknown, so that nothing else can start in its place.
 *
 * @throws the error that prevented the claim of the first step
 */
export async function executeBill(request: BillRequest): Promise<ExecutionResult> {
	const decision = await claimBill(request);
	return decision.kind === 'granted'
		? new BillRun(request, decision.grant).execute()
		: { kind: 'not_granted', claim: decision };
}

/** If a person voided or deleted the invoice, other values may replace it. This is checked before a conflict is reported. */
async function claimBill(request: BillRequest): Promise<FinalClaimDecision> {
	const decision = await timeLedger('claim', request.claim);
	if (decision.kind !== 'conflict') return decision;
	const { state } = decision.entry;
	const resolved = await reconcileEntry(decision.entry, toReconcileContext(request, decision.entry));
	return resolved?.entry.state !== state ? timeLedger('claim', request.claim) : decision;
}

function toReconcileContext({ ledger, attempt, signal }: BillRequest, { account }: Entry): ReconcileContext {
	const { connection, stripeAccount, timeoutMs, pace } = attempt;
	// The entries belong to the account in the request, or to the key's own account.
	const stripe = new StripeAccess(connection, stripeAccount === undefined ? account : '');
	return { ledger, stripe, timeoutMs, pace, signal };
}

class BillRun {
	private readonly bill: BillParams;
	private sends = 0;
	/** The invoice ID, once the first step is done. */
	private invoice: string | undefined;
	/** The draft as Stripe returned it when it was created. */
	private created: StripeObject | undefined;
	private isNew = false;

	constructor(
		private readonly request: BillRequest,
		private grant: Grant,
	) {
		this.bill = readBillParams(request.attempt.params);
	}

	async execute(): Promise<SettledBill> {
		try {
			return await this.settle(await this.goOn());
		} catch (error) {
			const { message, isBeforeClaim } = readInterruption(error);
			const outcome = buildNotSent('bill_interrupted', message);
			// The next claim finds out the result of a claim that was not acknowledged.
			const kept = isBeforeClaim ? outcome : { ...outcome, kind: 'unknown' as const };
			const execution = await this.settle({ kind: 'unfinished', outcome: kept });
			if (this.invoice === undefined) throw error;
			return { ...execution, settled: { ...execution.settled, outcome } };
		}
	}

	private get entry(): InFlightEntry {
		return this.grant.entry;
	}

	private async goOn(): Promise<BillEnd> {
		const proven = getProvenOutcome(this.entry);
		if (proven) return { kind: 'settled', outcome: proven };
		const created = await this.step(createStep(this.bill, this.entry.entryId), await this.verifiesNew());
		if ('kind' in created) return created;
		this.invoice = created.invoice;
		this.created = created.outcome.body;
		if (this.isNew) return this.fill(created.invoice);
		return this.goOnFrom(created.invoice, await readBillInvoice(this.toQuery(), created.invoice));
	}

	private async goOnFrom(id: string, standing: BillInvoiceState): Promise<BillEnd> {
		switch (standing.kind) {
			case 'draft':
				return this.fill(id);
			case 'open':
				await this.resolveSteps(linesStep(this.bill, id), finalizeStep(id));
				return (await this.compare(id)) ?? this.collect(id);
			case 'paid':
			case 'uncollectible':
			case 'unread':
			case 'withdrawn':
				await this.resolveSteps(
					linesStep(this.bill, id),
					finalizeStep(id),
					collectStep(this.bill, id),
				);
				return this.toEnd(standing);
		}
	}

	/** Settles uncertain steps that the invoice shows as done. */
	private async resolveSteps(...steps: readonly BillStep[]): Promise<void> {
		const context = toReconcileContext(this.request, this.entry);
		for (const step of steps) {
			const entry = await this.request.ledger.find(identifyStep(this.entry, step).entryId);
			if (entry) await reconcileEntry(entry, context);
		}
	}

	private async fill(id: string): Promise<BillEnd> {
		const filled = await this.stepOn(id, 'draft', linesStep(this.bill, id));
		if ('kind' in filled) return filled;
		const differing = await this.compare(id);
		if (differing) return differing;
		const finalized = await this.stepOn(id, 'draft', finalizeStep(id));
		if ('kind' in finalized) return finalized;
		// Somebody may have changed it just before it was finalized. An invoice of zero is paid immediately.
		return (await this.compare(id)) ?? this.collect(id);
	}

	private async collect(id: string): Promise<BillEnd> {
		const collected = await this.stepOn(id, 'open', collectStep(this.bill, id));
		return 'kind' in collected ? collected : { kind: 'settled', outcome: collected.outcome };
	}

	/** If Stripe refuses a step because of the state of the invoice, the invoice decides. */
	private async stepOn(
		id: string,
		state: 'draft' | 'open',
		step: BillStep,
	): Promise<{ outcome: Outcome } | BillEnd> {
		const done = await this.step(step);
		if (!('kind' in done) || done.outcome.kind !== 'rejected') return done;
		const standing = await readBillInvoice(this.toQuery(), id);
		if (standing.kind === state || standing.kind === 'unread') return done;
		const isOpen = standing.kind === 'open';
		const differing = isOpen ? await this.findDifferences('bill_differs', standing) : undefined;
		return differing ?? this.toEnd(standing);
	}

	/** @returns undefined if the invoice matches the request and is still to be collected */
	private async compare(id: string): Promise<BillEnd | undefined> {
		const standing = await readBillInvoice(this.toQuery(), id);
		if (standing.kind !== 'draft' && standing.kind !== 'open') return this.toEnd(standing);
		return this.findDifferences('bill_differs', standing);
	}

	private async findDifferences(
		reason: 'bill_differs' | 'bill_paid_otherwise',
		{ kind, invoice }: Extract<BillInvoiceState, { invoice: StripeObject }>,
	): Promise<BillEnd | undefined> {
		const { bill, created, entry } = this;
		const id = String(invoice.id);
		const { entryId } = identifyStep(entry, linesStep(bill, id));
		const asked = { bill, entryId, expectation: entry.expectation, created };
		const found = await findDifferences(this.toQuery(), asked, invoice);
		if ('reason' in found) return stop('bill_unread', found.reason);
		if (found.differences.length === 0) return undefined;
		return stop(reason, `${id} (${kind}): ${found.differences.join('; ')}`);
	}

	/** Returns the end of a bill whose invoice cannot be continued, or not now. */
	private async toEnd(standing: BillInvoiceState): Promise<BillEnd> {
		switch (standing.kind) {
			case 'paid': {
				const paid = { kind: 'succeeded', ...toSuccessFacts(standing.invoice) } as const;
				const differing = await this.findDifferences('bill_paid_otherwise', standing);
				return differing ?? { kind: 'settled', outcome: paid };
			}
			case 'withdrawn':
				return { kind: 'settled', outcome: buildNotSent('bill_withdrawn', standing.how) };
			case 'uncollectible':
				return stop('bill_written_off', String(standing.invoice.id));
			case 'unread':
				return stop('bill_unread', standing.reason);
			case 'draft':
			case 'open':
				return stop('bill_changed', `${String(standing.invoice.id)} is ${standing.kind} now`);
		}
	}

	/** Executes one step while the bill's claim outlasts it. */
	private async step(
		step: BillStep,
		verifyNew = false,
	): Promise<{ outcome: Outcome; invoice: string } | BillEnd> {
		if (this.invoice !== undefined && !(await this.extendClaim()))
			return stop('bill_taken_over', 'Another run works on this bill now');
		const result = await executeStep(this.entry, step, { ...this.request, verifyNew });
		this.sends += result.sends;
		const { outcome } = result;
		if (result.kind === 'stopped') return this.toStopped(result);
		this.isNew = !result.isReplay;
		const invoice = this.invoice ?? outcome.objectId;
		if (invoice === undefined)
			return stop('bill_unread', 'The ledger does not know the ID of the invoice');
		return { outcome, invoice };
	}

	/** Returns whether to search Stripe for an invoice of this bill, because steps are purged earlier than an unfinished bill. */
	private async verifiesNew(): Promise<boolean> {
		if (this.request.verifyNew || !this.entry.mayHaveExecuted) return this.request.verifyNew ?? false;
		const { entryId } = identifyStep(this.entry, CREATE_INVOICE);
		return (await this.request.ledger.find(entryId)) === undefined;
	}

	/** Until there is an invoice, the first step decides the outcome of the whole bill. */
	private toStopped({ outcome, halt }: { outcome: Outcome; halt?: Halt }): BillEnd {
		if (this.invoice !== undefined || outcome.kind === 'conflict')
			return { kind: 'unfinished', outcome, halt };
		return halt ? { kind: 'unfinished', outcome, halt } : { kind: 'settled', outcome };
	}

	private async extendClaim(): Promise<boolean> {
		const { ledger, attempt, waitForBusyMs } = this.request;
		const extended = await ledger.extendClaim(this.grant, billLeaseMs(attempt, waitForBusyMs));
		if (extended) this.grant = extended;
		return extended !== undefined;
	}

	/** Settles the bill, and returns the outcome for the item. While there is an invoice, the bill is not over. */
	private async settle({ kind, outcome: told, ...end }: BillEnd): Promise<SettledBill> {
		const { ledger, rules } = this.request;
		const { grant, sends } = this;
		const halt = 'halt' in end ? end.halt : undefined;
		const kept = kind === 'settled' ? told : this.toUnfinished(told);
		const report = { outcomes: [kept] as const, sends, halt };
		const settled = await timeLedger('settle', () => ledger.settle(grant, report, rules.retentionMs));
		if (settled.entry.fence > grant.entry.fence) countLeaseLoss();
		const outcome = kind === 'settled' ? settled.outcome : told;
		return {
			kind: 'settled',
			grant,
			report: { ...report, ...this.tellStanding(kind) },
			settled: { ...settled, outcome },
		};
	}

	private toUnfinished(told: Outcome): Outcome {
		if (this.invoice === undefined && told.kind !== 'conflict') return told;
		const { code, message } = told;
		return { kind: 'unknown', code, message, ...(this.invoice ? { objectId: this.invoice } : {}) };
	}

	private tellStanding(kind: BillEnd['kind']) {
		return kind === 'unfinished' && this.invoice !== undefined ? { unfinishedInvoice: this.invoice } : {};
	}

	private toQuery() {
		const { attempt, signal } = this.request;
		return toQueryContext(attempt, signal, this.entry.leaseUntil);
	}
}
