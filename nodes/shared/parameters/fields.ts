import type { INodeProperties } from 'n8n-workflow';

import type { ApiField, NamedProperty } from './stripeParams';
import { keepName } from './stripeParams';

import { markDescribing } from './describing';

/** The objects that a person picks from a list, by ID, or by the address of their page in the dashboard. */
const PICKABLE = {
	charge: { name: 'Charge', prefix: 'ch', page: 'payments', example: 'ch_3MmlLrLkdIwHu7ix0snN0B15' },
	customer: { name: 'Customer', prefix: 'cus', page: 'customers', example: 'cus_9s6XKzkNRiz8i3' },
	paymentIntent: {
		name: 'Payment Intent',
		prefix: 'pi',
		page: 'payments',
		example: 'pi_3MtwBwLkdIwHu7ix28a3tqPa',
	},
	refund: { name: 'Refund', prefix: 're', page: 'refunds', example: 're_1Nispe2eZvKYlo2Cd31jOCgZ' },
} as const;

export type PickableObject = keyof typeof PICKABLE;

/**
 * From List first.
 *
 * @param searchListMethod the list's search, one of `methods.listSearch`: usually that of all objects of the kind
 */
export function buildPicker<Name extends PickableObject>(
	object: Name,
	overrides: Partial<INodeProperties> = {},
	searchListMethod = `search${object[0]?.toUpperCase()}${object.slice(1)}`,
): NamedProperty<Name> {
	const { name, prefix, page, example } = PICKABLE[object];
	return {
		displayName: name,
		type: 'resourceLocator',
		default: { mode: 'list', value: '' },
		required: true,
		modes: [
			{
				displayName: 'From List',
				name: 'list',
				type: 'list',
				typeOptions: { searchListMethod, searchable: true },
			},
			{
				displayName: 'By ID',
				name: 'id',
				type: 'string',
				placeholder: `e.g. ${example}`,
			},
			{
				displayName: 'By URL',
				name: 'url',
				type: 'string',
				placeholder: `e.g. https://dashboard.stripe.com/${page}/${example}`,
				extractValue: {
					type: 'regex',
					regex: `dashboard\\.stripe\\.com/.*?(${prefix}_[A-Za-z0-9]+)`,
				},
			},
		],
		...overrides,
		name: object,
	};
}

/**
 * An amount with its unit. Stripe counts in the minor unit; people often have the major one. Nothing is chosen for them: with
 * the wrong one, 50 EUR become 0.50.
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
			required: true,
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
			displayOptions: { hide: { amount: [''] } },
		},
	];
}

/** For amounts of an existing object: Stripe knows the currency, but asking costs one more call for each new attempt. */
export const currencyOfObject: INodeProperties = {
	displayName: 'Currency',
	name: 'currency',
	type: 'string',
	default: '',
	placeholder: 'e.g. EUR',
	description:
		'The currency of the amount. If empty, a new attempt reads it from Stripe. Leave it as it is once something was sent: filled in later, it is another request.',
	displayOptions: { show: { amountUnit: ['major'] } },
};

export const metadata = markDescribing(
	keepName({
		displayName: 'Metadata',
		name: 'metadata',
		type: 'fixedCollection',
		typeOptions: { multipleValues: true },
		placeholder: 'Add Metadata',
		default: {},
		description:
			'Your own data, stored with the object in Stripe. Use the same values in every run: a time or an execution ID makes a retry look like a different request.',
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
	}),
);

export const otherParameters = keepName({
	displayName: 'Other Parameters (JSON)',
	name: 'otherParameters',
	type: 'json',
	default: '{}',
	description: "Any other parameter of Stripe's API, by its API name",
});

/** A collection of optional parameters of the endpoint; each is sent under its name in snake_case. */
export function buildAdditionalFields<Params = never>(options: ApiField<NoInfer<Params>>[]): INodeProperties {
	return {
		displayName: 'Additional Fields',
		name: 'additionalFields',
		type: 'collection',
		placeholder: 'Add Field',
		default: {},
		options,
	};
}

export function buildTextProperty<Name extends string>(
	displayName: string,
	name: Name,
	more: Partial<INodeProperties> = {},
): NamedProperty<Name> {
	return { displayName, type: 'string', default: '', ...more, name };
}

/** A text of which nothing depends on whether it is there. */
export function buildProseProperty<Name extends string>(
	displayName: string,
	name: Name,
	more: Partial<INodeProperties> = {},
): NamedProperty<Name> {
	return markDescribing(buildTextProperty(displayName, name, more));
}

const createdFilters: INodeProperties[] = [
	{ displayName: 'Created After', name: 'createdAfter', type: 'dateTime', default: '' },
	{ displayName: 'Created Before', name: 'createdBefore', type: 'dateTime', default: '' },
];

const paging: INodeProperties[] = [
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
	const options = [...createdFilters, ...filters].sort((a, b) =>
		a.displayName.localeCompare(b.displayName),
	);
	return [
		...paging,
		{
			displayName: 'Filters',
			name: 'filters',
			type: 'collection',
			placeholder: 'Add Filter',
			default: {},
			options,
		},
	];
}

export function buildSearchProperties(example: string): INodeProperties[] {
	return [
		buildTextProperty('Query', 'query', {
			required: true,
			placeholder: `e.g. ${example}`,
			description:
				'A query in <a href="https://docs.stripe.com/search#search-query-language">Stripe\'s search language</a>. Search shows new objects about a minute late, so an object may exist without being found.',
		}),
		...paging,
	];
}
