import type { INodeExecutionData } from 'n8n-workflow';

import type { Entry } from '../../../ledger/model/entry';
import type { Payment } from '../../../ledger/model/payment';
import { movesMoney } from '../../../ledger/model/payment';
import { sentParamsOf } from '../../../ledger/model/request';
import { formatAmount, toMajorUnits } from '../../../stripe/objects/money';
import { summarizeMoved } from '../../shared/run/paymentMessages';
import type { ItemResult } from '../../shared/run/result';

/** The groups of a run's summary: what it did, what was done before, and what a person or a later run has to do. */
const GROUPS = {
	done: 'completed now',
	doneBefore: 'completed before',
	twins: 'twins',
	fix: 'to fix',
	retry: 'to retry',
} as const;

type GroupName = keyof typeof GROUPS;

/** Money in one currency: the amount that moved, or, if it did not succeed, the requested amount in the ledger. */
export interface Sum {
	currency: string;
	/** In major units, e.g. `149.70`. */
	amount: string;
	amountMinor: number;
}

interface Group {
	items: number;
	/** The number of items by outcome. */
	outcomes: Record<string, number>;
	money: Sum[];
}

/** Builds one item for a message or e-mail after the node: numbers and money of the whole run, as text and as data. */
export function buildSummaryItem(results: readonly ItemResult[]): INodeExecutionData {
	const twins = findTwins(results);
	const byGroup = Map.groupBy(results, (result) => (twins.has(result) ? 'twins' : groupOf(result)));
	const names = Object.keys(GROUPS) as GroupName[];
	const groups = names.map((name) => [name, summarizeGroup(name, byGroup.get(name) ?? [])] as const);
	return {
		json: {
			summary: describeRun(results, groups),
			items: results.length,
			...Object.fromEntries(groups),
		},
		pairedItem: results.map((_result, item) => ({ item })),
	};
}

/** Finds items that share a key. One was executed, and the others, which may precede it, got its result. */
function findTwins(results: readonly ItemResult[]): ReadonlySet<ItemResult> {
	const done = results.filter(({ outcome, entry }) => outcome === 'succeeded' && entry !== undefined);
	const byEntry = [...Map.groupBy(done, ({ entry }) => entry?.entryId).values()];
	return new Set(
		byEntry.flatMap((alike) => {
			const first = alike.find((result) => groupOf(result) === 'done') ?? alike[0];
			return alike.filter((result) => result !== first);
		}),
	);
}

function groupOf({ output, outcome, isDuplicate, replayed, alreadyDone }: ItemResult): GroupName {
	if (outcome === 'succeeded') return isDuplicate || replayed || alreadyDone ? 'doneBefore' : 'done';
	return output === 'retry' ? 'retry' : 'fix';
}

function summarizeGroup(name: GroupName, results: readonly ItemResult[]): Group {
	const outcomes = Map.groupBy(results, ({ outcome }) => outcome);
	return {
		items: results.length,
		outcomes: Object.fromEntries([...outcomes].map(([outcome, { length }]) => [outcome, length])),
		money: addUp(listAmounts(name, results)),
	};
}

function listAmounts(name: GroupName, results: readonly ItemResult[]): Amount[] {
	switch (name) {
		case 'done':
			return listMoved(results.filter(isMovedNow));
		case 'doneBefore':
			return listMoved(results);
		case 'twins':
			return [];
		case 'fix':
		case 'retry':
			return listRequested(results);
	}
}

/** Returns whether this run moved money for an item. */
export function isMovedNow(result: ItemResult): boolean {
	const { outcome, source, replayed, alreadyDone } = result;
	return (
		outcome === 'succeeded' && source === 'stripe' && !replayed && !alreadyDone && tellsItsMoney(result)
	);
}

function tellsItsMoney({ entry, payment }: ItemResult): boolean {
	return entry !== undefined && (movesMoney(entry.request, payment) || entry.expectation !== undefined);
}

interface Amount {
	currency: string;
	minor: bigint;
}

/** A payment that several items report counts once. */
function listMoved(results: readonly ItemResult[]): Amount[] {
	const once = new Map(listPayments(results).map((payment) => [payment.object, payment]));
	return [...once.values()].flatMap(({ currency, moved }) =>
		currency !== undefined && moved > 0 ? [{ currency, minor: BigInt(moved) }] : [],
	);
}

function listPayments(results: readonly ItemResult[]): Payment[] {
	return results.flatMap(({ payment }) => payment ?? []);
}

/** Each entry counts once. A conflict requests something else than its entry shows. */
function listRequested(results: readonly ItemResult[]): Amount[] {
	const requestedEntries = results.flatMap(({ entry, outcome }) =>
		entry && outcome !== 'conflict' ? [entry] : [],
	);
	const once = new Map(requestedEntries.map((entry) => [entry.entryId, entry]));
	return [...once.values()].flatMap(requestedOf);
}

function requestedOf(entry: Entry): Amount[] {
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
	groups: readonly (readonly [GroupName, Group])[],
): string {
	const counts = groups.flatMap(([name, group]) => (group.items > 0 ? [describeGroup(name, group)] : []));
	const items = results.length === 1 ? '1 item' : `${results.length} items`;
	const sums = summarizeMoved(listPayments(results.filter(isMovedNow)), formatAmount);
	if (sums.length > 0) return `${items}: ${counts.join(', ')}. Moved now: ${sums.join(' ')}`;
	const isKnown = results.filter(({ outcome }) => outcome === 'succeeded').every(tellsItsMoney);
	return `${items}: ${counts.join(', ')}.${isKnown ? ' No money was moved now.' : ''}`;
}

/** What was moved in this run follows after all groups. */
function describeGroup(name: GroupName, { items, money }: Group): string {
	const label = name === 'twins' && items === 1 ? 'twin' : GROUPS[name];
	const sums = money.map(({ amountMinor, currency }) => formatAmount(String(amountMinor), currency));
	return `${items} ${label}${name === 'done' || sums.length === 0 ? '' : ` (${sums.join(', ')})`}`;
}
