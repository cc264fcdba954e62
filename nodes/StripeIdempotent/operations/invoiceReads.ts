import type Stripe from 'stripe';

import {
	buildAdditionalFields,
	buildTextProperty,
	createdFilters,
	currencyFilter,
	otherParameters,
	paging,
} from '../../shared/parameters/fields';
import { buildPicker } from '../../shared/parameters/picker';
import type { ParameterReader } from '../../shared/parameters/parameterReader';
import { mergeValues } from '../../shared/parameters/values';
import { checkParamNames } from '../../shared/parameters/stripeParams';
import {
	buildChoiceProperty,
	buildRowsProperty,
	buildTimeProperty,
} from '../../shared/parameters/typedFields';
import { collectionMethod, discounts, quantity, recurringPrice } from './billing';
import { describePreview } from '../../../payments/expectedSpend';
import type { ListOperation, ReadOperation } from './operation';
import { buildGet, buildGetMany } from './reads';
import { buildSearch } from './search';

const invoices = {
	resource: 'invoice',
	path: '/v1/invoices',
	one: 'an invoice',
	many: 'invoices',
	includes: { includeCustomer: 'customer' },
} as const;

const statuses = {
	Draft: 'draft',
	Open: 'open',
	Paid: 'paid',
	Uncollectible: 'uncollectible',
	Void: 'void',
};

/** Operations that only read invoices. */
export const invoiceReads: (ReadOperation | ListOperation)[] = [
	buildGet(invoices),
	{
		kind: 'list',
		value: 'getLines',
		name: 'Get Lines',
		action: 'Get the lines of an invoice',
		description: 'Read all lines of an invoice; Get shows the first ten',
		path: (read) => `${invoices.path}/${read.id('invoice')}/lines`,
		params: () => ({}),
		properties: [buildPicker('invoice'), ...paging],
	},
	buildGetMany<Stripe.InvoiceListParams>(invoices, [
		collectionMethod,
		buildPicker('customer', { required: false }),
		buildTimeProperty('Due After', 'dueAfter'),
		buildTimeProperty('Due Before', 'dueBefore'),
		buildChoiceProperty('Status', 'status', statuses, { default: 'open' }),
		buildPicker('subscription', { required: false }),
	]),
	{
		kind: 'list',
		value: 'getPayments',
		name: 'Get Payments',
		action: 'Get the payments of an invoice',
		description: 'Read the payments of an invoice, made and pending',
		path: () => '/v1/invoice_payments',
		params: (read) => checkParamNames<Stripe.InvoicePaymentListParams>({ invoice: read.id('invoice') }),
		properties: [buildPicker('invoice'), ...paging],
	},
	{
		kind: 'read',
		method: 'POST',
		isPreview: true,
		value: 'preview',
		name: 'Preview',
		action: 'Preview an invoice',
		description: 'Preview the next invoice, a new subscription or a change of plan',
		alsoNeeds: [
			{ name: 'plan', access: 'read' },
			{ name: 'subscription', access: 'read' },
		],
		path: () => `${invoices.path}/create_preview`,
		params: readPreview,
		describe: describePreview,
		properties: [
			buildPicker('customer', { required: false }),
			buildPicker('subscription', { required: false }),
			buildRowsProperty(
				'Items',
				'items',
				[buildPicker('subscriptionItem', { required: false }), recurringPrice, quantity],
				{
					description:
						'Prices of a new subscription, or changes to an existing one. A row without Subscription Item adds an item.',
				},
			),
			buildAdditionalFields<Stripe.InvoiceCreatePreviewParams>([
				discounts,
				otherParameters,
				buildChoiceProperty('Proration Behavior', 'prorationBehaviorOfPreview', {
					'Always Invoice': 'always_invoice',
					'Create Prorations': 'create_prorations',
					None: 'none',
				}),
				buildTimeProperty('Proration Date', 'prorationDateOfPreview'),
			]),
		],
	},
	buildSearch(invoices, 'total>999', [
		...createdFilters,
		currencyFilter,
		buildPicker('customer', { required: false }),
		buildTextProperty('Number', 'number', { placeholder: 'e.g. INV-1001' }),
		buildChoiceProperty('Status', 'status', statuses, { default: 'open' }),
		buildPicker('subscription', { required: false }),
	]),
];

function readPreview(read: ParameterReader): Record<string, unknown> {
	const [customer, subscription] = [read.optionalId('customer'), read.optionalId('subscription')];
	if (customer === undefined && subscription === undefined)
		throw read.buildError('customer', 'is empty, and so is Subscription', 'Fill in one of them.');
	const rows = read.list('items').map(({ subscription_item: id, price, quantity: count }) =>
		checkParamNames<Stripe.InvoiceCreatePreviewParams.SubscriptionDetails.Item>({
			id,
			price,
			quantity: count,
		}),
	);
	const details = rows.length > 0 ? { subscription_details: { items: rows } } : {};
	const params = checkParamNames<Stripe.InvoiceCreatePreviewParams>({ customer, subscription, ...details });
	return mergeValues(params, read.additionalFields());
}
