import type { IDataObject } from 'n8n-workflow';

import type { EntryState } from '../../../ledger/model/entry';
import type { EntryQuery } from '../../../ledger/queries/findEntries';
import type { Summary } from '../../../ledger/queries/summarize';
import type { Group, MoneyRow } from '../../../ledger/queries/sums';
import { redactSecrets } from '../../../stripe/api/redact';
import { splitList, toInputText, toIsoTime } from '../../shared/parameters/values';
import { answerDone, refuse } from '../output/result';
import type { RegistryItem } from '../item';
import { toEntryView, fieldsOf } from './entryView';
import { limitEntriesToCustomer, onlyCustomer } from './onlyCustomer';
import { readOnlyCustomer } from '../../shared/parameters/onlyCustomer';
import { formatAmount } from '../../../stripe/objects/money';
import { listProperties, STATE_NAMES } from './parameters';
import type { RegistryOperation } from '../operation';

const listOutputs = ['done', 'refused'] as const;

export const getManyOperation: RegistryOperation = {
	value: 'getMany',
	name: 'Get Many',
	action: 'Get many entries',
	description: 'List ledger entries, newest first',
	outputs: listOutputs,
	properties: listProperties,
	options: [onlyCustomer],
	execute: async (item) => {
		const { read } = item;
		const simplify = read.flag('simplify');
		const most = read.maxResults();
		const query = readQuery(item);
		const onReadAll = () => (item.run.hasReadAll = true);
		const entries = await (await item.openLedger()).queries.find(query, most, { onReadAll });
		return answerDone(
			...limitEntriesToCustomer(item, entries).map((entry) =>
				toEntryView(entry, item.now(), { simplify }),
			),
		);
	},
};

function readQuery(item: RegistryItem): EntryQuery {
	const { read } = item;
	return {
		states: readStates(item),
		operation: read.optionalText('filters.operation'),
		workflow: read.optionalText('filters.workflow'),
		customer: read.optionalText('filters.customer') ?? readOnlyCustomer(read.options()),
		beginsWith: read.optionalText('filters.beginsWith'),
		text: read.optionalText('filters.text'),
		createdAfter: read.time('filters.createdAfter'),
		createdBefore: read.time('filters.createdBefore'),
		settledAfter: read.time('filters.settledAfter'),
		settledBefore: read.time('filters.settledBefore'),
	};
}

/** An expression may return a list, or text with commas. */
function readStates({ read }: RegistryItem): EntryState[] {
	const value = read.value('states');
	const names = Array.isArray(value) ? value.map(toInputText) : splitList(value);
	return names.map((name) => {
		const state = STATE_NAMES.find((known) => known === name.trim());
		if (state) return state;
		throw read.buildError(
			'states',
			`has "${name}", which is not a valid state`,
			`Choose from ${STATE_NAMES.join(', ')}.`,
		);
	});
}

export const summarizeOperation: RegistryOperation = {
	value: 'summarize',
	name: 'Summarize',
	action: 'Summarize the ledger',
	description:
		'Count entries by state, operation, currency and day, total the money moved, and show what is waiting',
	outputs: listOutputs,
	properties: [],
	execute: async (item) => answerDone(toSummaryItem(await (await item.openLedger()).queries.summarize())),
};

function toSummaryItem({ oldestUnknown, money, days, total, ...counts }: Summary): IDataObject {
	return {
		...counts,
		oldestUnknown: oldestUnknown
			? redactSecrets({
					entryId: oldestUnknown.entry.entryId,
					operation: oldestUnknown.entry.operation,
					fields: fieldsOf(oldestUnknown.entry),
					since: toIsoTime(oldestUnknown.since),
				})
			: null,
		money: money.map(({ kind, paymentState = null, count, ...sums }) => ({
			kind,
			paymentState,
			count,
			...toSums(sums),
		})),
		total: total.map((group) => toGroupItem(group)),
		days: days.map(({ day, ...group }) => ({ day, ...toGroupItem(group) })),
	};
}

function toGroupItem({ operation, state, paymentState, entries, ...sums }: Omit<Group, 'day'>): IDataObject {
	return { operation, state, paymentState: paymentState ?? null, entries, ...toSums(sums) };
}

/** `amount` and `money` contain only what has moved, so that they can be added up. */
function toSums({
	currency,
	moved,
	notMoved,
}: Pick<MoneyRow, 'moved' | 'notMoved'> & { currency?: string }): IDataObject {
	if (currency === undefined) {
		return { amount: null, currency: null, money: null, notMoved: null, notMovedMoney: null };
	}
	return {
		amount: toExactNumberOrText(moved),
		currency,
		money: formatAmount(String(moved), currency),
		notMoved: toExactNumberOrText(notMoved),
		notMovedMoney: formatAmount(String(notMoved), currency),
	};
}

/** Text if a number would not be exact. */
function toExactNumberOrText(amount: bigint): number | string {
	return amount <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(amount) : String(amount);
}

/** The host's clock may be wrong, and an entry that is purged too early is paid again. */
function refuseWithoutTime() {
	return refuse({
		outcome: 'time_unknown',
		message:
			'Age is measured by the time Stripe reports, which neither this n8n nor the ledger has yet, so nothing was deleted',
		nextStep: 'Make any request to Stripe with these nodes and the same ledger, then run it again.',
		retryable: true,
	});
}

export const purgeOperation: RegistryOperation = {
	value: 'purge',
	name: 'Purge',
	action: 'Purge old entries',
	description:
		'Delete entries past their retention. Unknown, in-flight and reserved entries are never deleted.',
	humanOnly: { rule: 'What is purged is decided by a person', waits: 'stays in the ledger' },
	outputs: listOutputs,
	properties: [
		{
			displayName: 'Max Entries',
			name: 'mostEntries',
			type: 'number',
			typeOptions: { minValue: 1 },
			default: 10000,
			description: 'Max number of entries to delete',
		},
	],
	execute: async (item) => {
		const most = Number(item.read.number('mostEntries'));
		const ledger = await item.openLedger();
		const purged = await ledger.purgeByNewestTime(most, item.run.signal);
		return purged ? answerDone({ ...purged }) : refuseWithoutTime();
	},
};
