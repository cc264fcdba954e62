import type Stripe from 'stripe';

import {
	buildAdditionalFields,
	buildListProperties,
	buildSearchProperties,
	buildTextProperty,
} from '../../shared/parameters/fields';
import { buildPicker } from '../../shared/parameters/picker';
import type { ParameterReader } from '../../shared/parameters/parameterReader';
import { checkParamNames } from '../../shared/parameters/stripeParams';
import { buildRowsProperty, buildSwitchProperty } from '../../shared/parameters/typedFields';
import { customerFields, email, knownCustomerFields } from './customerFields';
import type { StripeResource } from './operation';
import { detectDescriptionOnly } from './operation';
import { upsertCustomer } from './upsertCustomer';

const customersPath = '/v1/customers';

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
			path: () => customersPath,
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
			path: (read) => `${customersPath}/${read.id('customer')}`,
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
		{
			kind: 'read',
			value: 'get',
			name: 'Get',
			action: 'Get a customer',
			description: 'Read one customer',
			path: (read) => `${customersPath}/${read.id('customer')}`,
			properties: [buildPicker('customer')],
		},
		{
			kind: 'list',
			value: 'getMany',
			name: 'Get Many',
			action: 'Get many customers',
			description: 'Read the newest customers',
			path: () => customersPath,
			params: (read) => read.filters(),
			properties: buildListProperties<Stripe.CustomerListParams>([email]),
		},
		{
			kind: 'search',
			value: 'search',
			name: 'Search',
			action: 'Search customers',
			description: 'Find customers with a search query',
			path: () => `${customersPath}/search`,
			params: (read) => ({ query: read.text('query') }),
			properties: buildSearchProperties("email:'nathan@example.com'"),
		},
		{
			kind: 'write',
			class: 'repeatable',
			value: 'setDefaultPaymentMethod',
			name: 'Set Default Payment Method',
			action: 'Set the default payment method of a customer',
			description: 'Choose the saved payment method that pays invoices and subscriptions',
			path: (read) => `${customersPath}/${read.id('customer')}`,
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
			path: (read) => `${customersPath}/${read.id('customer')}`,
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
