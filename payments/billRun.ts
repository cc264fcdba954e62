import type { Outcome } from '../ledger/model/entry';
import { getProvenOutcome } from '../ledger/model/entryStatus';
import { toSuccessFacts } from '../stripe/objects/paymentState';
import type { StripeObject } from '../stripe/objects/stripeObject';
import type { BillParams } from './bill';
import { collectStep, CREATE_INVOICE, createStep, finalizeStep, linesStep, readBillParams } from './bill';
import type { BillInvoiceState } from './billInvoice';
import { findDifferences, readBillInvoice } from './billInvoice';
import { buildNotSent } from './notSent';
import { reconcileEntry } from './reconcileEntry';
import type { StepRun } from './stepRun';
import type { Step } from './steps';
import { identifyStep } from './steps';
import type { MultiStepEnd } from './multiStepEnd';
import { endUnfinished } from './multiStepEnd';

/** Creates a draft, adds all lines, compares the invoice with the request, finalizes it, then sends it or charges it. */
export class BillRun {
	private readonly bill: BillParams;
	/** The draft as Stripe returned it when it was created. */
	private created: StripeObject | undefined;

	constructor(private readonly run: StepRun) {
		this.bill = readBillParams(run.request.attempt.params);
	}

	async continueSteps(): Promise<MultiStepEnd> {
		const { run, bill } = this;
		const proven = getProvenOutcome(run.entry);
		if (proven) return { kind: 'settled', outcome: proven };
		const looks = { verifyNew: await this.verifiesNew() };
		const created = await run.step(createStep(bill, run.entry.entryId), looks);
		if ('kind' in created) return created;
		const { objectId, outcome, isReplay } = created;
		this.created = outcome.body;
		if (!isReplay) return this.fill(objectId);
		return this.continueFrom(objectId, await readBillInvoice(run.toQuery(), objectId));
	}

	private async continueFrom(id: string, current: BillInvoiceState): Promise<MultiStepEnd> {
		switch (current.kind) {
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
				return this.toEnd(current);
		}
	}

	/** Settles uncertain steps that the invoice shows as done. */
	private async resolveSteps(...steps: readonly Step[]): Promise<void> {
		const context = this.run.toReconcile();
		for (const step of steps) {
			const entry = await this.run.request.ledger.find(identifyStep(this.run.entry, step).entryId);
			if (entry) await reconcileEntry(entry, context);
		}
	}

	private async fill(id: string): Promise<MultiStepEnd> {
		const filled = await this.stepOn(id, 'draft', linesStep(this.bill, id));
		if ('kind' in filled) return filled;
		const differing = await this.compare(id);
		if (differing) return differing;
		const finalized = await this.stepOn(id, 'draft', finalizeStep(id));
		if ('kind' in finalized) return finalized;
		// Somebody may have changed it just before it was finalized. An invoice of zero is paid immediately.
		return (await this.compare(id)) ?? this.collect(id);
	}

	private async collect(id: string): Promise<MultiStepEnd> {
		const collected = await this.stepOn(id, 'open', collectStep(this.bill, id));
		return 'kind' in collected ? collected : { kind: 'settled', outcome: collected.outcome };
	}

	/** If Stripe refuses a step because of the state of the invoice, the invoice decides. */
	private async stepOn(
		id: string,
		state: 'draft' | 'open',
		step: Step,
	): Promise<{ outcome: Outcome } | MultiStepEnd> {
		const done = await this.run.step(step);
		if (!('kind' in done) || done.outcome.kind !== 'rejected') return done;
		const current = await readBillInvoice(this.run.toQuery(), id);
		if (current.kind === state || current.kind === 'unread') return done;
		const isOpen = current.kind === 'open';
		const differing = isOpen ? await this.findDifferences('bill_differs', current) : undefined;
		return differing ?? this.toEnd(current);
	}

	/** @returns undefined if the invoice matches the request and has not been collected yet */
	private async compare(id: string): Promise<MultiStepEnd | undefined> {
		const current = await readBillInvoice(this.run.toQuery(), id);
		if (current.kind !== 'draft' && current.kind !== 'open') return this.toEnd(current);
		return this.findDifferences('bill_differs', current);
	}

	private async findDifferences(
		reason: 'bill_differs' | 'bill_paid_otherwise',
		{ kind, invoice }: Extract<BillInvoiceState, { invoice: StripeObject }>,
	): Promise<MultiStepEnd | undefined> {
		const { bill, created, run } = this;
		const { entry } = run;
		const id = String(invoice.id);
		const { entryId } = identifyStep(entry, linesStep(bill, id));
		const requested = { bill, entryId, expectation: entry.expectation, created };
		const found = await findDifferences(this.run.toQuery(), requested, invoice);
		if ('reason' in found) return endUnfinished('bill_unread', found.reason);
		if (found.differences.length === 0) return undefined;
		return endUnfinished(reason, `${id} (${kind}): ${found.differences.join('; ')}`);
	}

	/** Returns how the run ends for a bill whose invoice cannot be continued, or not now. */
	private async toEnd(current: BillInvoiceState): Promise<MultiStepEnd> {
		switch (current.kind) {
			case 'paid': {
				const paid = { kind: 'succeeded', ...toSuccessFacts(current.invoice) } as const;
				const differing = await this.findDifferences('bill_paid_otherwise', current);
				return differing ?? { kind: 'settled', outcome: paid };
			}
			case 'withdrawn':
				return { kind: 'settled', outcome: buildNotSent('bill_withdrawn', current.how) };
			case 'uncollectible':
				return endUnfinished('bill_written_off', String(current.invoice.id));
			case 'unread':
				return endUnfinished('bill_unread', current.reason);
			case 'draft':
			case 'open':
				return endUnfinished('bill_changed', `${String(current.invoice.id)} is ${current.kind} now`);
		}
	}

	/**
	 * Returns whether to search Stripe for an invoice of this bill, because its steps are purged before an unfinished bill.
	 */
	private async verifiesNew(): Promise<boolean> {
		const { request, entry } = this.run;
		if (request.verifyNew || !entry.mayHaveExecuted) return request.verifyNew ?? false;
		return !(await this.run.knows(CREATE_INVOICE));
	}
}
