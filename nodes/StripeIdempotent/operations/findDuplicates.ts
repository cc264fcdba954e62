import type { Outcome } from '../../../ledger/model/entry';
import { findDuplicates } from '../../../payments/findDuplicates';
import type { DuplicateSearch } from '../../../payments/findDuplicates';
import type { DuplicateKind } from '../../../stripe/objects/duplicates';
import { getDuplicateList } from '../../../stripe/objects/duplicates';
import { buildTextProperty, buildTimeFilters } from '../../shared/parameters/fields';
import type { ParameterReader } from '../../shared/parameters/parameterReader';
import type { Report, ReportOperation, ReportSource } from './operation';

const MAX_MINUTES = 31 * 24 * 60;

/** For people who suspect that a customer was charged twice. */
export const findDuplicatesOperation: ReportOperation = {
	kind: 'report',
	readsLedger: true,
	value: 'findDuplicates',
	name: 'Find Duplicates',
	action: 'Find duplicates in an account',
	description:
		'Find payments, refunds, subscriptions or invoices that look as if they were created twice, in Stripe as a whole. Reads only.',
	needs: [
		{ name: 'charge', access: 'read' },
		{ name: 'customer', access: 'read' },
		{ name: 'invoice', access: 'read' },
		{ name: 'subscription', access: 'read' },
	],
	path: (read) => getDuplicateList(readKind(read)).path,
	params: (read) => read.filters(),
	prepare: (read) => {
		const search = readSearch(read);
		return (source) => report(search, source);
	},
	properties: [
		{
			displayName: 'Duplicates Of',
			name: 'duplicatesOf',
			type: 'options',
			options: [
				{
					name: 'Invoices',
					value: 'invoices',
					description: 'Same order number, created here or elsewhere',
				},
				{
					name: 'Payments',
					value: 'payments',
					description: 'Same amount, by the same customer, card or email address',
				},
				{
					name: 'Refunds',
					value: 'refunds',
					description: 'Same amount, to the same customer or for the same payment',
				},
				{
					name: 'Subscriptions',
					value: 'subscriptions',
					description: 'Same customer and same price, not ended',
				},
			],
			default: 'payments',
			description: 'What to compare',
		},
		{
			displayName: 'Within (Minutes)',
			name: 'withinMinutes',
			type: 'number',
			typeOptions: { minValue: 1, maxValue: MAX_MINUTES },
			default: 60,
			description: 'Two of them are duplicates only if no more time than this lies between them',
			displayOptions: { show: { duplicatesOf: ['payments', 'refunds'] } },
		},
		buildTextProperty('Order Number Key', 'orderNumberKey', {
			default: 'order_number',
			required: true,
			placeholder: 'e.g. order_number',
			description:
				'Metadata key under which your invoices have their order number. Invoices without it are compared by the decision that this package made them for.',
			displayOptions: { show: { duplicatesOf: ['invoices'] } },
		}),
		buildTimeFilters(),
	],
};

function readKind(read: ParameterReader): DuplicateKind {
	return read.choice('duplicatesOf', ['invoices', 'payments', 'refunds', 'subscriptions']);
}

function readSearch(read: ParameterReader): DuplicateSearch {
	const kind = readKind(read);
	const isTimed = kind === 'payments' || kind === 'refunds';
	return {
		kind,
		withinSeconds: isTimed ? 60 * Number(read.number('withinMinutes')) : Infinity,
		orderNumberKey: kind === 'invoices' ? read.text('orderNumberKey') : '',
	};
}

async function report(
	search: DuplicateSearch,
	{ request, openLedger, time }: ReportSource,
): Promise<Report | Outcome> {
	const found = await findDuplicates(request, search, await openLedger(), time);
	if ('kind' in found) return found;
	const { reports, compared } = found;
	const groups = reports.length === 1 ? '1 group' : `${reports.length} groups`;
	const result = reports.length === 0 ? 'No duplicates found' : `${groups} of duplicates found`;
	return {
		objects: reports.map((group) => ({ ...group })),
		note: `${result} among ${compared} ${search.kind}${sayHowNear(search)}.`,
	};
}

/** If nothing was found, the reader has to know what was not compared, e.g. a run repeated on the next day. */
function sayHowNear({ withinSeconds }: DuplicateSearch): string {
	if (withinSeconds === Infinity) return '';
	const minutes = withinSeconds / 60;
	return `, with up to ${minutes} ${minutes === 1 ? 'minute' : 'minutes'} between two of them (Within)`;
}
