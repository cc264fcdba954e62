import type Stripe from 'stripe';

import { markDescribing } from '../../shared/parameters/describing';
import {
	buildAdditionalFields,
	buildListProperties,
	metadata,
	otherParameters,
	buildSearchProperties,
	buildTextProperty,
	buildProseProperty,
} from '../../shared/parameters/fields';
import { buildPicker } from '../../shared/parameters/picker';
import type { StripeResource } from './operation';
import { detectWordsOnly } from './operation';

const customersPath = '/v1/customers';

const email = buildTextProperty('Email', 'email', { placeholder: 'e.g. name@email.com' });
const customerFields = [
	buildProseProperty('Description', 'description', { placeholder: 'e.g. Wholesale' }),
	markDescribing(email),
	metadata,
	buildProseProperty('Name', 'name', { placeholder: 'e.g. Nathan Smith' }),
	otherParameters,
	buildProseProperty('Phone', 'phone', { placeholder: 'e.g. +49 30 1234567' }),
];

export const customerResource: StripeResource = {
	value: 'customer',
	name: 'Customer',
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
			properties: [buildAdditionalFields<Stripe.CustomerCreateParams>(customerFields)],
		},
		{
			kind: 'write',
			class: 'terminal',
			method: 'DELETE',
			value: 'delete',
			name: 'Delete',
			action: 'Delete a customer',
			description: 'Delete a customer and cancel their subscriptions',
			harmless: 'twice',
			path: (read) => `${customersPath}/${read.id('customer')}`,
			target: (read) => read.id('customer'),
			properties: [buildPicker('customer')],
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
			value: 'update',
			name: 'Update',
			action: 'Update a customer',
			description: "Change a customer's data",
			harmless: detectWordsOnly,
			path: (read) => `${customersPath}/${read.id('customer')}`,
			target: (read) => read.id('customer'),
			params: (read) => read.additionalFields(),
			properties: [
				buildPicker('customer'),
				buildAdditionalFields<Stripe.CustomerUpdateParams>(customerFields),
			],
		},
	],
};
