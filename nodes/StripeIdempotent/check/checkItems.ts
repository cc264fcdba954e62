import type { IDataObject, IExecuteFunctions, INodeExecutionData, NodeExecutionHint } from 'n8n-workflow';

import { diffRequests } from '../../../ledger/model/request';
import type { Currencies } from '../../../payments/parameterLabels';
import { describeDifferences } from '../../../payments/parameterLabels';
import { redactMessage, redactSecrets } from '../../../stripe/api/redact';
import { formatAmount, toMajorUnits } from '../../../stripe/objects/money';
import { clearApproved } from '../../../ledger/rules/approval';
import type { LedgerOpener } from '../../shared/ledger/ledgerOpener';
import { mapWithConcurrency } from '../../shared/run/concurrency';
import type { TimeSlice } from '../../shared/run/concurrency';
import { itemErrorToResult } from '../../shared/run/errorToResult';
import type { ItemResult } from '../../shared/run/result';
import { endSentence } from '../../shared/run/sentence';
import type { Stop } from '../../shared/run/stop';
import { buildCancelledResult } from '../../shared/run/stop';
import { SentInRun } from '../cap';
import { describeHalt } from '../../../payments/halt';
import type { Item, WriteItem } from '../item';
import type { CheckAnswer, CheckedItem } from './checkItem';
import { checkItem, toCheckedItem } from './checkItem';
import { summarizeChecks } from './checkSummary';

/** The value in the editor, which determines the outputs. An expression is refused with each item. */
export function isCheckOnly(context: IExecuteFunctions): boolean {
	return context.getNodeParameter('options.checkOnly', 0, false, { rawExpressions: true }) === true;
}

interface CheckingRun {
	context: IExecuteFunctions;
	ledgers: LedgerOpener;
	signal: AbortSignal | undefined;
	stop: Stop;
	slice: TimeSlice;
}

/** How many items are checked at once, so that Stripe gets no more requests than from a run. */
const AT_ONCE = 10;

/** Reports for every item what a run would do. It sends nothing that changes anything, and only reads the ledger. */
export async function checkItems(
	items: readonly (Item | ItemResult)[],
	run: CheckingRun,
): Promise<INodeExecutionData[]> {
	const check = (item: Item | ItemResult) => run.stop.waitFor(tryCheck(item, run), toCancelled);
	const checked = await mapWithConcurrency(items, AT_ONCE, check, run.slice);
	const reported = applyLimits(items, findTwins(items, checked));
	const summary = summarizeChecks(reported);
	run.context.addExecutionHints(toHint(summary.summary, 'info'));
	const warnings = [...new Set(reported.flatMap((check) => check.warnings ?? []))].map(redactMessage);
	if (warnings.length > 0) run.context.addExecutionHints(toHint(warnings.slice(0, 3).join(' '), 'warning'));
	const inputs = run.context.getInputData();
	return reported.map((check, item) => {
		// The result of the check comes first, and replaces that of an earlier check.
		const { checked: _earlier, check: _before, ...fields } = inputs[item]?.json ?? {};
		const checked = { ...toFields(check), run: summary };
		const json = { checked, check: toCheckText(items[item], check), ...fields };
		return { ...inputs[item], json, pairedItem: { item } };
	});
}

function toHint(message: string, type: 'info' | 'warning'): NodeExecutionHint {
	return { message, type, location: 'outputPane' };
}

async function tryCheck(
	item: Item | ItemResult,
	{ context, ledgers, signal }: CheckingRun,
): Promise<CheckedItem> {
	if (!('kind' in item)) return toCheckedItem(item);
	if (item.kind === 'read') return READ;
	try {
		if (signal?.aborted) return toCancelled();
		return await checkItem(item, await ledgers.open(item.index, item.connection.clock), signal);
	} catch (error) {
		return toCheckedItem(itemErrorToResult(context, error));
	}
}

const READ: CheckedItem = {
	answer: 'refused',
	message: 'This operation changes nothing, so there is nothing to check',
	nextStep: 'Remove the option Check Only here.',
};

function toCancelled(): CheckedItem {
	return toCheckedItem(buildCancelledResult());
}

/** Finds items with the same key, of which only the first can be sent. */
function findTwins(items: readonly (Item | ItemResult)[], checked: readonly CheckedItem[]): CheckedItem[] {
	const first = new Map<string, number>();
	return checked.map((check, index) => {
		if (check.entryId === undefined) return check;
		const twinOf = first.get(check.entryId);
		if (twinOf === undefined) first.set(check.entryId, index);
		return twinOf === undefined ? check : toTwin(check, twinOf, items[twinOf], items[index]);
	});
}

function toTwin(check: CheckedItem, twinOf: number, first: unknown, second: unknown): CheckedItem {
	const differences = diffRequests((first as WriteItem).claim.request, (second as WriteItem).claim.request);
	const differencesText = describeDifferences(differences, currenciesOfCheck(check));
	const differs = differences.length > 0 ? `, with different values: ${differencesText}` : '';
	return {
		...check,
		answer: 'twin',
		message: `This has the same key as item ${twinOf} of this run${differs}`,
		nextStep:
			'It is not sent a second time. If it is a separate payment, choose key fields that tell the two apart.',
		...(differences.length > 0 ? { differences } : {}),
		twinOf,
	};
}

function currenciesOfCheck({ amount }: CheckedItem): Currencies {
	return amount ? { stored: amount.currency, requested: amount.currency } : {};
}

/** Applies limits in the order of the items, as far as their amounts are known before they are sent. */
function applyLimits(items: readonly (Item | ItemResult)[], checked: readonly CheckedItem[]): CheckedItem[] {
	const sent = new SentInRun();
	return checked.map((check, index) => {
		const item = items[index];
		if (check.answer !== 'new' || !item || !('claim' in item)) return check;
		if (!item.isMeasured && !item.requestedSpend) return check;
		const spend = item.requestedSpend ?? check.spend;
		const halt = sent.admit(item.options.caps, spend, item.claim.entryId);
		if (!halt) return check;
		const message = describeHalt(halt);
		return {
			...check,
			answer: 'refused',
			message,
			nextStep: 'Let a person raise the limit, or leave it.',
		};
	});
}

/** For these answers a person approves what was reported; for all others, that nothing is sent. */
const APPROVED_AS_TOLD: readonly CheckAnswer[] = ['new', 'unknown', 'doneBefore'];

/** Returns the check to approve; null if the item cannot be approved. */
function toCheckText(item: Item | ItemResult | undefined, { answer, facts }: CheckedItem): string | null {
	if (!facts || !item || !('approval' in item)) return null;
	const approved = APPROVED_AS_TOLD.includes(answer) ? facts : clearApproved(facts);
	return item.approval?.makeCheck(approved) ?? null;
}

function toFields({ answer, message, nextStep, amount, inWords, ...check }: CheckedItem): IDataObject {
	const money = amount && {
		amount: toMajorUnits(amount.minor.toString(), amount.currency),
		currency: amount.currency,
		inWords: inWords ?? formatAmount(amount.minor.toString(), amount.currency),
	};
	return {
		answer,
		message: redactMessage(endSentence(message)),
		nextStep: redactMessage(nextStep),
		...(money ?? { amount: null, currency: null, inWords: null }),
		entryId: check.entryId ?? null,
		...toPast(check),
		...(check.warnings ? { warnings: check.warnings.map(redactMessage) } : {}),
		...(check.differences ? { differences: redactSecrets([...check.differences]) } : {}),
		...(check.twinOf === undefined ? {} : { twinOf: check.twinOf }),
	};
}

/** Returns who did it, when, and for which object. */
function toPast({ entry }: Pick<CheckedItem, 'entry'>): IDataObject {
	if (!entry) return {};
	const { origin } = entry;
	const settled = 'outcome' in entry ? entry : undefined;
	return {
		before: {
			state: entry.state,
			workflow: origin.workflowName ?? origin.workflowId ?? null,
			executionId: origin.executionId ?? null,
			node: origin.nodeName ?? null,
			settledAt: settled ? new Date(settled.settledAt).toISOString() : null,
			objectId: settled?.outcome.objectId ?? null,
		},
	};
}
