import type { INodeProperties } from 'n8n-workflow';

import type { ApiField, NamedProperty } from './stripeParams';
import { keepName } from './stripeParams';

import { markDescribing } from './describing';
import { sortByLabel } from './resourceProperties';

/**
 * An amount with its unit. Stripe uses minor units; people often have major ones. There is no default, because the wrong one
 * turns 50 EUR into 0.50. The unit is always visible: the editor treats an expression without data as empty, and a hidden choice
 * would apply.
 */
export function buildAmountProperties(amount: Partial<INodeProperties>): INodeProperties[] {
	return [
		{
			displayName: 'Amount',
			name: 'amount',
			type: 'string',
			default: '',
			placeholder: 'e.g. 1999',
			...amount,
		},
		{
			displayName: 'Amount Unit',
			name: 'amountUnit',
			type: 'options',
			...(amount.required && { required: true }),
			options: [
				{
					name: 'Choose…',
					value: '',
				},
				{
					name: 'Major Unit',
					value: 'major',
					description: 'As commonly written: 19.99 for 19.99 EUR, 500 for 500 JPY',
				},
				{
					name: 'Minor Unit',
					value: 'minor',
					description: 'As Stripe counts: 1999 for 19.99 EUR, 500 for 500 JPY',
				},
			],
			default: '',
			description:
				'Whether the amount is in whole units (50 is 50.00 EUR) or in cents (50 is 0.50 EUR)',
		},
	];
}

/** For a new amount. */
export const requiredCurrency = buildTextProperty('Currency', 'currency', {
	required: true,
	placeholder: 'e.g. EUR',
	description: 'Three-letter code of the currency',
});

/** For an optional amount. */
export const currencyOfAmount: NamedProperty<'currency'> = {
	...requiredCurrency,
	required: false,
	description: 'Three-letter code of the currency. Required with an amount.',
};

/** The part of the balance to use. */
export const sourceType = keepName({
	displayName: 'Source Type',
	name: 'sourceType',
	type: 'options',
	options: [
		{ name: 'Bank Account', value: 'bank_account' },
		{ name: 'Card', value: 'card' },
		{ name: 'FPX', value: 'fpx' },
	],
	default: 'card',
	description: 'The part of your balance it comes from, if Stripe keeps several',
});

/** For amounts of an existing object: Stripe knows its currency, but reading it takes one more request per new attempt. */
export const currencyOfObject: INodeProperties = {
	displayName: 'Currency',
	name: 'currency',
	type: 'string',
	default: '',
	placeholder: 'e.g. EUR',
	description:
		'The currency of the amount. If empty, it is read from Stripe. Do not fill it in once something was sent: that makes it a different request.',
	displayOptions: { show: { amountUnit: ['major'] } },
};

/** Key and value; the same in each item, so that a field is not declared twice. */
const metadataRows: INodeProperties & { name: 'metadata' } = {
	displayName: 'Metadata',
	name: 'metadata',
	type: 'fixedCollection',
	typeOptions: { multipleValues: true },
	placeholder: 'Add Metadata',
	default: {},
	options: [
		{
			displayName: 'Entry',
			name: 'entry',
			values: [
				{
					displayName: 'Key',
					name: 'key',
					type: 'string',
					default: '',
					placeholder: 'e.g. order_id',
				},
				{
					displayName: 'Value',
					name: 'value',
					type: 'string',
					default: '',
					placeholder: 'e.g. 1001',
				},
			],
		},
	],
};

export const metadata = markDescribing(
	keepName({
		...metadataRows,
		description:
			'Your own data, stored with the object in Stripe. Use the same values in every run: a time or an execution ID makes a retry look like a different request.',
	}),
);

/** What is searched for decides what is found. */
export const metadataFilter: INodeProperties = {
	...metadataRows,
	description: 'Key and value that the object has, such as the order number',
};

export const otherParameters = keepName({
	displayName: 'Other Parameters (JSON)',
	name: 'otherParameters',
	type: 'json',
	default: '{}',
	description: "Any other parameter of Stripe's API, by its API name",
});

/** Builds a collection of optional parameters of an endpoint. Each is sent under its name in snake_case. */
export function buildAdditionalFields<Params = never>(options: ApiField<NoInfer<Params>>[]): INodeProperties {
	return {
		displayName: 'Additional Fields',
		name: 'additionalFields',
		type: 'collection',
		placeholder: 'Add Field',
		default: {},
		options: sortByLabel(options),
	};
}

export function buildTextProperty<Name extends string>(
	displayName: string,
	name: Name,
	more: Partial<INodeProperties> = {},
): NamedProperty<Name> {
	return { displayName, type: 'string', default: '', ...more, name };
}

/** Builds a text on which no decision depends. */
export function buildProseProperty<Name extends string>(
	displayName: string,
	name: Name,
	more: Partial<INodeProperties> = {},
): NamedProperty<Name> {
	return markDescribing(buildTextProperty(displayName, name, more));
}

/** @param isExclusive whether the moment itself is left out */
function buildCreatedFilter(bound: 'After' | 'Before', isExclusive = false): INodeProperties {
	return {
		displayName: `Created ${bound}${isExclusive ? ' (Exclusive)' : ''}`,
		name: `created${bound}${isExclusive ? 'Exclusive' : ''}`,
		type: 'dateTime',
		default: '',
	};
}

const timeFilters = [buildCreatedFilter('After'), buildCreatedFilter('Before')];

/** With exclusive bounds, runs that follow one another see each object once. */
export const createdFilters: INodeProperties[] = [
	...timeFilters,
	buildCreatedFilter('After', true),
	buildCreatedFilter('Before', true),
];

export const currencyFilter = buildTextProperty('Currency', 'currency', { placeholder: 'e.g. EUR' });

/** Search only. */
export const nameContains = buildTextProperty('Name Contains', 'nameContains', {
	placeholder: 'e.g. smith',
	description: 'A part of the name, of at least three letters',
});

export const paging: INodeProperties[] = [
	{
		displayName: 'Return All',
		name: 'returnAll',
		type: 'boolean',
		default: false,
		description: 'Whether to return all results or only up to a given limit',
	},
	{
		displayName: 'Limit',
		name: 'limit',
		type: 'number',
		typeOptions: { minValue: 1 },
		default: 50,
		description: 'Max number of results to return',
		displayOptions: { show: { returnAll: [false] } },
	},
];

/** @param filters parameters of the endpoint, sent under their names in snake_case */
export function buildListProperties<Params extends { created?: unknown } = never>(
	filters: ApiField<NoInfer<Params>>[],
): INodeProperties[] {
	return [...paging, buildFilters([...createdFilters, ...filters])];
}

/** For a list that Stripe cannot filter by time. */
export function buildUntimedListProperties<Params = never>(
	filters: ApiField<NoInfer<Params>>[],
): INodeProperties[] {
	return [...paging, buildFilters(filters)];
}

/** Filters for data that is read as a whole. */
export function buildTimeFilters(): INodeProperties {
	return buildFilters(timeFilters);
}

export function buildFilters(filters: INodeProperties[]): INodeProperties {
	return {
		displayName: 'Filters',
		name: 'filters',
		type: 'collection',
		placeholder: 'Add Filter',
		default: {},
		options: sortByLabel(filters),
	};
}
