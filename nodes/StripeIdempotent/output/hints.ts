import type { IExecuteFunctions, NodeExecutionHint } from 'n8n-workflow';

import { movesMoney } from '../../../ledger/model/payment';
import { DEFAULT_API_VERSION } from '../../../stripe/api/connection';
import { describeVersionChanges } from '../../../stripe/api/versionChanges';
import { formatAmount } from '../../../stripe/objects/money';
import { redactMessage } from '../../../stripe/api/redact';
import { describePossibleModel } from '../../shared/run/calledByModel';
import { describeRepeatedItems } from '../../shared/run/repeatedItems';
import { summarizeMoved, describeUnpaid } from '../../shared/run/paymentMessages';
import { isRecord } from '../../shared/parameters/values';
import { findUnstableFields } from '../../shared/key/unstableValues';
import type { ItemResult } from '../../shared/run/result';
import type { OutputName } from '../../shared/run/outcomeMessages';
import { OUTPUTS } from '../../shared/run/outcomeMessages';
import type { FinishedItem, FinishedWrite } from '../item';
import { isMovedNow } from './summary';

/** Messages for the person in front of the editor, beside the items. */
export class Hints {
	private ledgerFault: string | undefined;

	constructor(private readonly context: IExecuteFunctions) {}

	noteLedgerFault(reason: string): void {
		this.ledgerFault = reason;
	}

	/** @param warnings of the ledgers that were used, as sentences */
	publish(
		items: readonly (FinishedItem | ItemResult)[],
		results: readonly ItemResult[],
		warnings: readonly string[],
	): void {
		const writes = items.filter((item): item is FinishedWrite => 'kind' in item && item.kind === 'write');
		const hints = [
			hintNotDone(results),
			...results.flatMap(({ note }) => (note === undefined ? [] : toInfoHint(note))),
			...hintOtherVersion(items),
			hintUnfinalized(results),
			...(writes.length > 0 ? this.hintWrites(writes, results, warnings) : []),
		].filter((hint) => hint !== undefined);
		if (hints.length > 0) this.context.addExecutionHints(...hints.map(hideSecretsInHint));
	}

	private hintWrites(
		writes: readonly FinishedWrite[],
		results: readonly ItemResult[],
		warnings: readonly string[],
	): (NodeExecutionHint | undefined)[] {
		return [
			...this.hintUnstableFields(writes),
			this.hintPossibleModel(writes),
			this.hintLiveByHand(writes),
			this.hintUnsavedStaticData(),
			this.hintLedgerMissing(),
			...warnings.map(toWarningHint),
			...hintUnsaved(results),
			this.hintMoved(results),
			hintNotPaid(results),
			hintEmptyInvoice(results),
			hintDoneBefore(writes, results),
			hintTwins(results),
			hintDoneElsewhere(writes, results),
		];
	}

	private hintUnstableFields(writes: readonly FinishedWrite[]): NodeExecutionHint[] {
		const found = findUnstableFields(
			this.context,
			writes.flatMap(({ claim }) => claim.fields),
		);
		return found.map(([name, why]) =>
			toWarningHint(
				`"${name}" probably changes on every run (${why}). A retry would then use a new key and charge twice. Use a stable business field, e.g. the order number.`,
			),
		);
	}

	private hintPossibleModel(writes: readonly FinishedWrite[]): NodeExecutionHint | undefined {
		const { options } = this.context.getNode().parameters;
		const isDecided = isRecord(options) && 'requireToken' in options;
		if (isDecided || writes.every(({ options: { requireToken } }) => requireToken)) return undefined;
		const why = describePossibleModel(this.context);
		if (why === undefined) return undefined;
		return toWarningHint(
			`${why}, and Require Token is not set. If a model has a say in the amount or the recipient, switch Require Token on here or in the credential, so that nothing is paid without a reservation. Otherwise switch it off here.`,
		);
	}

	private hintLiveByHand(writes: readonly FinishedWrite[]): NodeExecutionHint | undefined {
		const isLive = writes.some(({ connection }) => connection.mode === 'live');
		if (!isLive || this.context.getMode() !== 'manual') return undefined;
		return toWarningHint(
			'This manual run used a live key and moved real money. For testing, choose a credential with a test key (sk_test_…).',
		);
	}

	/** Counts what this run has moved, so that it can be compared with what was to be paid. */
	private hintMoved(results: readonly ItemResult[]): NodeExecutionHint | undefined {
		if (this.context.getMode() !== 'manual') return undefined;
		const sums = summarizeMoved(results.filter(isMovedNow).flatMap(listPayments), formatAmount);
		return sums.length > 0 ? toInfoHint(sums.join(' ')) : undefined;
	}

	private hintUnsavedStaticData(): NodeExecutionHint | undefined {
		const isStaticData = this.context.getNode().parameters.ledger === 'staticData';
		if (!isStaticData || this.context.getMode() !== 'manual') return undefined;
		return toWarningHint(
			'n8n does not save Workflow Static Data in manual runs. After a restart of n8n, what this run sent is forgotten. Choose the ledger Local File.',
		);
	}

	private hintLedgerMissing(): NodeExecutionHint | undefined {
		if (this.ledgerFault === undefined) return undefined;
		return toWarningHint(
			`Sent without the ledger, as set in If Ledger Is Unavailable: ${this.ledgerFault} Stripe recognizes a repeat for only 24 hours. Repair the ledger before then and run the workflow again, so that the ledger records what was sent.`,
		);
	}
}

/** n8n shows a run as successful even if all items left through an error output. */
function hintNotDone(results: readonly ItemResult[]): NodeExecutionHint | undefined {
	const [first, ...others] = results.filter(({ outcome }) => outcome !== 'succeeded');
	if (!first) return undefined;
	const through = (name: OutputName, label: string) => {
		const left = [first, ...others].filter(({ output }) => output === name).length;
		return left > 0 ? [`${label}: ${left}`] : [];
	};
	const where = OUTPUTS.flatMap(({ name, label }) => through(name, label)).join(', ');
	const subject = results.length === 1 ? 'The item' : `${others.length + 1} of ${results.length} items`;
	const lead = others.length === 0 ? '' : 'The first: ';
	return toWarningHint(`${subject} did not succeed. ${where}. ${lead}${first.message} ${first.nextStep}`);
}

/** Operations are written for one version of Stripe's API. */
function hintOtherVersion(items: readonly (FinishedItem | ItemResult)[]): NodeExecutionHint[] {
	const changes = items.flatMap((item) => {
		if (!('kind' in item) || item.name.startsWith('customApiCall.')) return [];
		const [resource = ''] = item.name.split('.');
		const { apiVersion } = item.options;
		if (apiVersion === DEFAULT_API_VERSION) return [];
		return describeVersionChanges(resource, apiVersion, DEFAULT_API_VERSION).map(
			(change) =>
				`API Version is ${apiVersion}, and this node is written for ${DEFAULT_API_VERSION}. ${change}`,
		);
	});
	return [...new Set(changes)].map(toWarningHint);
}

function hintUnsaved(results: readonly ItemResult[]): NodeExecutionHint[] {
	const unsavedResults = results.filter(({ isUnsaved }) => isUnsaved);
	const others = results.flatMap(({ warning, isUnsaved }) => (isUnsaved ? [] : (warning ?? [])));
	const otherHints = others.slice(0, 1).map(toWarningHint);
	if (unsavedResults.length === 0) return otherHints;
	return [
		...otherHints,
		toWarningHint(
			`${countItems(unsavedResults.length)} sent, but the ledger could not store the outcome: ${unsavedResults[0]?.warning ?? ''} A retry within 23 hours is safe: it uses the same key.`,
		),
	];
}

function hintDoneBefore(
	writes: readonly FinishedWrite[],
	results: readonly ItemResult[],
): NodeExecutionHint | undefined {
	const run = writes[0]?.claim.origin.run;
	const earlier = results.filter(({ isDuplicate, entry }) => isDuplicate && entry?.origin.run !== run);
	if (earlier.length === 0) return undefined;
	const again = earlier.some(({ payment }) => payment !== undefined) ? 'paid' : 'executed';
	return toInfoHint(
		`${countPart(earlier.length, results.length)} completed by an earlier run. Nothing was ${again} twice.`,
	);
}

function hintTwins(results: readonly ItemResult[]): NodeExecutionHint | undefined {
	const candidates = results.filter(({ outcome }) => outcome !== 'conflict');
	const message = describeRepeatedItems(candidates.map(({ entry }) => entry?.entryId));
	return message === undefined ? undefined : toWarningHint(message);
}

/** A generic field such as an ID or a row number has another meaning in another workflow. */
function hintDoneElsewhere(
	writes: readonly FinishedWrite[],
	results: readonly ItemResult[],
): NodeExecutionHint | undefined {
	const here = writes[0]?.claim.origin.workflowId;
	const others = results.flatMap(({ isDuplicate, entry }) => {
		const { workflowId, workflowName } = entry?.origin ?? {};
		return isDuplicate && workflowId !== undefined && workflowId !== here
			? [workflowName ?? workflowId]
			: [];
	});
	if (here === undefined || others.length === 0) return undefined;
	return toWarningHint(
		`${countItems(others.length)} already completed by a different workflow: ${[...new Set(others)].join(', ')}. If these are different payments, choose key fields that tell them apart, or a different ledger.`,
	);
}

function hintNotPaid(results: readonly ItemResult[]): NodeExecutionHint | undefined {
	const messages = results.flatMap(({ objects: [object], payment, source, entry }) =>
		source && object && entry && movesMoney(entry.request, payment)
			? (describeUnpaid(payment, object) ?? [])
			: [],
	);
	const [first, ...others] = messages;
	if (first === undefined) return undefined;
	const more = others.length > 0 ? ` And ${others.length} more.` : '';
	return toWarningHint(
		`${first}${more} Success means that Stripe accepted the request. Continue only if paymentState is paid.`,
	);
}

/** Stripe could not finalize the invoice and does not try again, so it would never be paid. */
function hintUnfinalized(results: readonly ItemResult[]): NodeExecutionHint | undefined {
	const failed = results.flatMap(({ objects }) =>
		objects.filter(
			({ object, status, last_finalization_error: fault }) =>
				object === 'invoice' && status === 'draft' && isRecord(fault),
		),
	);
	const [first, ...others] = failed;
	if (first === undefined) return undefined;
	const more = others.length > 0 ? ` And ${others.length} more.` : '';
	const { message } = first.last_finalization_error as Record<string, unknown>;
	return toWarningHint(
		`The invoice ${String(first.id)} could not be finalized, so it stays a draft and nothing is charged for it: ${String(message)}${more} Correct that, then use Invoice → Finalize.`,
	);
}

/** Nothing is charged for an empty invoice, and the missing lines would go unnoticed. */
function hintEmptyInvoice(results: readonly ItemResult[]): NodeExecutionHint | undefined {
	const empty = results.flatMap(({ objects: [object], entry }) =>
		entry && object?.object === 'invoice' && object.total === 0 ? [object] : [],
	);
	const [first, ...others] = empty;
	if (first === undefined) return undefined;
	const more = others.length > 0 ? ` And ${others.length} more.` : '';
	return toWarningHint(
		`The invoice ${String(first.id)} comes to 0, so nothing is charged for it: its status is ${String(first.status)}.${more} Items that wait for the customer go onto a new invoice only if Pending Items is Include; lines are added to a draft with Add Lines.`,
	);
}

/** Payments that this run sent, without those of earlier requests. */
function listPayments({ payment }: ItemResult) {
	return payment ? [payment] : [];
}

function countItems(items: number): string {
	return items === 1 ? '1 item was' : `${items} items were`;
}

function countPart(part: number, all: number): string {
	if (all === 1) return 'The item was';
	return `${part} of ${all} items ${part === 1 ? 'was' : 'were'}`;
}

function toInfoHint(message: string): NodeExecutionHint {
	return { message, type: 'info', location: 'outputPane' };
}

function toWarningHint(message: string): NodeExecutionHint {
	return { message, type: 'warning', location: 'outputPane' };
}

/** Hints contain names of fields, workflows and servers, in any of which a user may have put a secret. */
function hideSecretsInHint(hint: NodeExecutionHint): NodeExecutionHint {
	return { ...hint, message: redactMessage(hint.message) };
}
