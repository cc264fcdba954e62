import type { INodeProperties } from 'n8n-workflow';
import type Stripe from 'stripe';

import {
	buildAdditionalFields,
	buildProseProperty,
	buildUntimedListProperties,
	metadata,
	otherParameters,
} from '../../shared/parameters/fields';
import type { ParameterReader } from '../../shared/parameters/parameterReader';
import { buildPicker } from '../../shared/parameters/picker';
import { checkFields, checkParamNames } from '../../shared/parameters/stripeParams';
import {
	buildChoiceProperty,
	buildCountProperty,
	buildRowsProperty,
	buildTimeProperty,
} from '../../shared/parameters/typedFields';
import { automaticTax, collectionMethod, discounts, price, quantity } from './billing';
import type { StripeResource, WriteOperation } from './operation';
import { detectDescriptionOnly } from './operation';
import { buildGet, buildGetLineItems, buildGetMany } from './reads';

const quotes = {
	resource: 'quote',
	path: '/v1/quotes',
	one: 'a quote',
	many: 'quotes',
	includes: { includeCustomer: 'customer', includeLineItems: 'line_items' },
} as const;

const pathOf = (read: ParameterReader) => `${quotes.path}/${read.id('quote')}`;
const target = (read: ParameterReader) => read.id('quote');
const expiresAt = buildTimeProperty('Expires At', 'expiresAt', 'It can no longer be accepted');

const quoteFields = [
	automaticTax,
	collectionMethod,
	buildProseProperty('Description', 'description', { placeholder: 'e.g. Team plan' }),
	discounts,
	expiresAt,
	buildProseProperty('Footer', 'footer', { placeholder: 'e.g. Thank you' }),
	buildProseProperty('Header', 'header', { placeholder: 'e.g. Our offer' }),
	metadata,
	otherParameters,
	buildCountProperty('Trial Days', 'trialDays', { minValue: 1 }, { description: 'Of a subscription' }),
];

/** Builds an operation that cannot be undone. */
function buildEnding(
	name: string,
	description: string,
	searchListMethod: string,
	more: INodeProperties[] = [],
): WriteOperation {
	const value = name.toLowerCase();
	return {
		kind: 'write',
		class: 'terminal',
		value,
		name,
		action: `${name} a quote`,
		description,
		harmless: 'twice',
		path: (read) => `${pathOf(read)}/${value}`,
		target,
		params: (read) => (more.length > 0 ? read.additionalFields() : {}),
		properties: [buildPicker('quote', {}, searchListMethod), ...more],
	};
}

export const quoteResource: StripeResource = {
	value: 'quote',
	name: 'Quote',
	permission: 'quote',
	operations: [
		buildEnding('Accept', 'Accept a quote, which creates its subscription or invoice', 'searchOpenQuote'),
		buildEnding('Cancel', 'Cancel a quote that was not accepted', 'searchQuote'),
		{
			kind: 'write',
			class: 'create',
			value: 'create',
			name: 'Create',
			action: 'Create a quote',
			description: 'Create a quote as a draft',
			path: () => quotes.path,
			params: (read) =>
				checkParamNames<Stripe.QuoteCreateParams>({
					customer: read.id('customer'),
					line_items: readQuoted(read),
					...read.additionalFields(),
				}),
			properties: [
				buildPicker('customer'),
				buildRowsProperty(
					'Line Items',
					'lineItems',
					checkFields<Stripe.QuoteCreateParams.LineItem>([price, quantity]),
				),
				buildAdditionalFields<Stripe.QuoteCreateParams>(quoteFields),
			],
		},
		buildEnding('Finalize', 'Finalize a draft, so that it can be accepted', 'searchDraftQuote', [
			buildAdditionalFields<Stripe.QuoteFinalizeQuoteParams>([expiresAt]),
		]),
		buildGet(quotes),
		buildGetLineItems(quotes),
		buildGetMany(
			quotes,
			[],
			buildUntimedListProperties<Stripe.QuoteListParams>([
				buildPicker('customer', { required: false }),
				buildChoiceProperty('Status', 'status', {
					Accepted: 'accepted',
					Canceled: 'canceled',
					Draft: 'draft',
					Open: 'open',
				}),
			]),
		),
		{
			kind: 'write',
			class: 'repeatable',
			value: 'update',
			name: 'Update',
			action: 'Update a quote',
			description: 'Change a quote that was not accepted',
			harmless: detectDescriptionOnly,
			path: pathOf,
			target,
			params: (read) => read.additionalFields(),
			properties: [buildPicker('quote'), buildAdditionalFields<Stripe.QuoteUpdateParams>(quoteFields)],
		},
	],
};

/** @throws ItemError without a price */
function readQuoted(read: ParameterReader): Record<string, unknown>[] {
	const items = read.list('lineItems');
	if (items.length === 0) throw read.buildError('lineItems', 'is empty', 'Add what is offered.');
	if (items.every((item) => item.price !== undefined)) return items;
	throw read.buildError('lineItems', 'has a row without a price', 'Choose its price.');
}
