import type Stripe from 'stripe';

import {
	buildAdditionalFields,
	buildTextProperty,
	createdFilters,
	nameContains,
} from '../../shared/parameters/fields';
import { buildPicker } from '../../shared/parameters/picker';
import type { ParameterReader } from '../../shared/parameters/parameterReader';
import { checkParamNames } from '../../shared/parameters/stripeParams';
import { buildRowsProperty, buildSwitchProperty } from '../../shared/parameters/typedFields';
import { customerFields, email, knownCustomerFields } from './customerFields';
import type { StripeResource } from './operation';
import { detectDescriptionOnly } from './operation';
import { upsertCustomer } from './upsertCustomer';
import { buildGet, buildGetMany } from './reads';
import { buildSearch } from './search';

const customers = {
	resource: 'customer',
	path: '/v1/customers',
	one: 'a customer',
	many: 'customers',
} as const;

const taxIds = buildRowsProperty('Tax IDs', 'taxIdData', [
	buildTextProperty('Type', 'type', { placeholder: 'e.g. eu_vat' }),
	buildTextProperty('Value', 'value', { placeholder: 'e.g. DE123456789' }),
]);

export const customerResource: StripeResource = {
	value: 'customer',
	name: 'Customer',
	permission: 'customer',
	operations: [
		{
			kind: 'write',
			class: 'create',
			value: 'create',
			name: 'Create',
			action: 'Create a customer',
			description: 'Create a customer once per business decision',
			harmless: 'create',
			path: () => customers.path,
			params: (read) => read.additionalFields(),
			properties: [buildAdditionalFields<Stripe.CustomerCreateParams>([...customerFields, taxIds])],
		},
		{
			kind: 'write',
			class: 'terminal',
			method: 'DELETE',
			value: 'delete',
			name: 'Delete',
			action: 'Delete a customer',
			description: 'Delete a customer permanently, and cancel all their subscriptions at once',
			harmless: 'twice',
			byPersonOnly: true,
			path: (read) => `${customers.path}/${read.id('customer')}`,
			target: (read) => read.id('customer'),
			check: refuseUnlessSure,
			properties: [
				buildPicker('customer'),
				buildSwitchProperty(
					'Yes, Delete',
					'yesDelete',
					'Whether the customer is really to be deleted: this cannot be undone, and cancels all subscriptions at once',
				),
			],
		},
		buildGet(customers),
		buildGetMany<Stripe.CustomerListParams>(customers, [email]),
		buildSearch(customers, '-email:null', [
			...createdFilters,
			{ ...email, description: 'Upper and lower case are the same' },
			buildTextProperty('Email Domain', 'emailDomain', {
				placeholder: 'e.g. example.com',
				description: 'Finds everyone at a company. Also finds example.com.au.',
			}),
			nameContains,
			buildTextProperty('Phone', 'phone', { placeholder: 'e.g. +49301234567' }),
		]),
		{
			kind: 'write',
			class: 'repeatable',
			value: 'setDefaultPaymentMethod',
			name: 'Set Default Payment Method',
			action: 'Set the default payment method of a customer',
			description: 'Choose the saved payment method that pays invoices and subscriptions',
			path: (read) => `${customers.path}/${read.id('customer')}`,
			target: (read) => read.id('customer'),
			params: (read) =>
				checkParamNames<Stripe.CustomerUpdateParams>({
					invoice_settings: { default_payment_method: read.id('paymentMethod') },
				}),
			properties: [buildPicker('customer'), buildPicker('paymentMethod')],
		},
		{
			kind: 'write',
			class: 'repeatable',
			value: 'update',
			name: 'Update',
			action: 'Update a customer',
			description: "Change a customer's data",
			harmless: detectDescriptionOnly,
			path: (read) => `${customers.path}/${read.id('customer')}`,
			target: (read) => read.id('customer'),
			params: (read) => read.additionalFields(),
			properties: [
				buildPicker('customer'),
				buildAdditionalFields<Stripe.CustomerUpdateParams>(knownCustomerFields),
			],
		},
		upsertCustomer,
	],
};

function refuseUnlessSure(read: ParameterReader): void {
	if (read.flag('yesDelete')) return;
	throw read.buildError(
		'yesDelete',
		'is off',
		'Turn it on to delete the customer permanently, with all their subscriptions.',
	);
}
