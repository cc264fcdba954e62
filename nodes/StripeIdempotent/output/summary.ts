import type { INodeExecutionData } from 'n8n-workflow';

import type { Entry } from '../../../ledger/model/entry';
import type { Payment } from '../../../ledger/model/payment';
import { sentParamsOf } from '../../../ledger/model/request';
import { formatAmount, toMajorUnits } from '../../../stripe/objects/money';
import { summarizeMoved } from '../../shared/run/paymentMessages';
import type { ItemResult } from '../../shared/run/result';

/** How a run is told of in one message: what it did, what was done before, and what a person or a later run has to do. */
const GROUPS = {
	done: 'completed now',
	doneBefore: 'completed before',
	fix: 'to fix (4xx)',
	retry: 'to retry (5xx)',
} as const;

type GroupName = keyof typeof GROUPS;

/** Money of one currency: what has moved, or, of what did not succeed, what was asked for as far as the ledger shows it. */
export interface Sum {
	currency: string;
	/** Major unit, e.g. `149.70`. */
	amount: string;
	amountMinor: number;
}

interface Group {
	items: number;
	/** How many items left with each outcome. */
	outcomes: Record<string, number>;
	money: Sum[];
}

/** One item for a message or an e-mail behind the node: counts and money of the whole run, in words and as data. */
export function buildSummaryItem(results: readonly ItemResult[]): INodeExecutionData {
	const byGroup = Map.groupBy(results, groupOf);
	const names = Object.keys(GROUPS) as GroupName[];
	const groups = names.map((name) => [name, summarizeGroup(name, byGroup.get(name) ?? [])] as const);
	return {
		json: {
			summary: describeRun(results, byGroup),
			items: results.length,
			...Object.fromEntries(groups),
		},
		pairedItem: results.map((_result, item) => ({ item })),
	};
}

function groupOf({ output, outcome, isDuplicate, replayed }: ItemResult): GroupName {
	if (outcome === 'succeeded') return isDuplicate || replayed ? 'doneBefore' : 'done';
	return output === 'retry' ? 'retry' : 'fix';
}

function summarizeGroup(name: GroupName, results: readonly ItemResult[]): Group {
	const outcomes = Map.groupBy(results, ({ outcome }) => outcome);
	return {
		items: results.length,
		outcomes: Object.fromEntries([...outcomes].map(([outcome, { length }]) => [outcome, length])),
		money: addUp(isDone(name) ? listMoved(results) : results.flatMap(({ entry }) => requestedOf(entry))),
	};
}

function isDone(name: GroupName): boolean {
	return name === 'done' || name === 'doneBefore';
}

interface Amount {
	currency: string;
	minor: bigint;
}

/** A payment that several items tell of counts once. */
function listMoved(results: readonly ItemResult[]): Amount[] {
	const once = new Map(listPayments(results).map((payment) => [payment.object, payment]));
	return [...once.values()].flatMap(({ currency, moved }) =>
		currency !== undefined && moved > 0 ? [{ currency, minor: BigInt(moved) }] : [],
	);
}

function listPayments(results: readonly ItemResult[]): Payment[] {
	return results.flatMap(({ payment }) => payment ?? []);
}

function requestedOf(entry: Entry | undefined): Amount[] {
	if (!entry) return [];
	const { amount, currency } = sentParamsOf(entry.request);
	if (typeof amount !== 'string' || typeof currency !== 'string' || !/^\d+$/.test(amount)) return [];
	return [{ currency: currency.toLowerCase(), minor: BigInt(amount) }];
}

export function addUp(amounts: readonly Amount[]): Sum[] {
	return [...Map.groupBy(amounts, ({ currency }) => currency)].map(([currency, group]) => {
		const minor = group.reduce((sum, amount) => sum + amount.minor, 0n);
		return { currency, amount: toMajorUnits(minor.toString(), currency), amountMinor: Number(minor) };
	});
}

function describeRun(
	results: readonly ItemResult[],
	byGroup: ReadonlyMap<GroupName, readonly ItemResult[]>,
): string {
	const counts = [...byGroup].map(([name, { length }]) => `${length} ${GROUPS[name]}`);
	const items = results.length === 1 ? '1 item' : `${results.length} items`;
	const sums = summarizeMoved(listPayments(byGroup.get('done') ?? []), formatAmount);
	const moved = sums.length > 0 ? ` Moved now: ${sums.join(' ')}` : ' No money was moved now.';
	return `${items}: ${counts.join(', ')}.${moved}`;
}
