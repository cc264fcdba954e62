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

/** What one bill needs to be carried out. */
export interface BillRequest extends StepContext {
	/** Of the whole, with its frozen request. */
	claim: () => Promise<FinalClaimDecision>;
}

/**
 * Draft → all lines → compared with what Stripe shows → finalized → sent or paid. The claim of the whole comes first, with
 * everything that was asked for, so a repeat with anything else is a conflict of the whole; each step is a claim of its own
 * below it. As long as its invoice stands and is not finished, the bill counts as unknown: nothing else may begin in its place.
 *
 * @throws what kept the first step from being claimed
 */
export async function executeBill(request: BillRequest): Promise<ExecutionResult> {
	const decision = await claimBill(request);
	return decision.kind === 'granted'
		? new BillRun(request, decision.grant).execute()
		: { kind: 'not_granted', claim: decision };
}

/** Where a person has withdrawn the invoice, other values may take its place: that is found out before a conflict is told. */
async function claimBill(request: BillRequest): Promise<FinalClaimDecision> {
	const decision = await timeLedger('claim', request.claim);
	if (decision.kind !== 'conflict') return decision;
	const { state } = decision.entry;
	const resolved = await reconcileEntry(decision.entry, toReconcileContext(request, decision.entry));
	return resolved?.entry.state !== state ? timeLedger('claim', request.claim) : decision;
}

function toReconcileContext({ ledger, attempt, signal }: BillRequest, { account }: Entry): ReconcileContext {
	const { connection, stripeAccount, timeoutMs, pace } = attempt;
	// The entries are of the account that the request names, or of the key's own.
	const stripe = new StripeAccess(connection, stripeAccount === undefined ? account : '');
	return { ledger, stripe, timeoutMs, pace, signal };
}

class BillRun {
	private readonly bill: BillParams;
	private sends = 0;
	/** Its ID, from the first step on. */
	private invoice: string | undefined;
	/** As Stripe showed it when it was created. */
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
			// What a claim that was not acknowledged has come to is found out by the next one.
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

	/** What the invoice shows by now to be done leaves no step of it in doubt. */
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
		// Somebody may have added to it just before it was finalized. What comes to nothing is paid as soon as it is.
		return (await this.compare(id)) ?? this.collect(id);
	}

	private async collect(id: string): Promise<BillEnd> {
		const collected = await this.stepOn(id, 'open', collectStep(this.bill, id));
		return 'kind' in collected ? collected : { kind: 'settled', outcome: collected.outcome };
	}

	/** What Stripe refuses is told by the invoice, where it is not in the state for it any more. */
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

	/** @returns undefined where Stripe shows exactly what was asked for, and it is still to be collected */
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

	/** What an invoice on which nothing can be done any more, or now, makes of its bill. */
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

	/** One step, under a claim of the whole that outlasts it. */
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

	/** Whether Stripe is asked for an invoice of this bill: its steps are forgotten sooner than a bill that is not finished. */
	private async verifiesNew(): Promise<boolean> {
		if (this.request.verifyNew || !this.entry.mayHaveExecuted) return this.request.verifyNew ?? false;
		const { entryId } = identifyStep(this.entry, CREATE_INVOICE);
		return (await this.request.ledger.find(entryId)) === undefined;
	}

	/** Before there is an invoice the first step decides what becomes of the whole. */
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

	/** What the item is told, and what the ledger keeps: as long as there is an invoice, the bill is not over. */
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
