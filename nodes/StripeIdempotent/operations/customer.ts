import type Stripe from 'stripe';

import { describing } from '../../shared/parameters/describing';
import {
	additionalFields,
	listProperties,
	metadata,
	otherParameters,
	picker,
	searchProperties,
	text,
	words,
} from '../../shared/parameters/fields';
import type { Resource } from './operation';
import { ifWordsOnly } from './operation';

const collection = '/v1/customers';

const email = text('Email', 'email', { placeholder: 'e.g. name@email.com' });
const facts = [
	words('Description', 'description', { placeholder: 'e.g. Wholesale' }),
	describing(email),
	metadata,
	words('Name', 'name', { placeholder: 'e.g. Nathan Smith' }),
	otherParameters,
	words('Phone', 'phone', { placeholder: 'e.g. +49 30 1234567' }),
];

export const customer: Resource = {
	value: 'customer',
	name: 'Customer',
	operations: [
		{
			kind: 'write',
			value: 'create',
			name: 'Create',
			action: 'Create a customer',
			description: 'Create a customer once per business decision',
			harmless: 'create',
			path: () => collection,
			params: (read) => read.additionalFields(),
			properties: [additionalFields<Stripe.CustomerCreateParams>(facts)],
		},
		{
			kind: 'write',
			method: 'DELETE',
			value: 'delete',
			name: 'Delete',
			action: 'Delete a customer',
			description: 'Delete a customer and cancel their subscriptions',
			harmless: 'twice',
			path: (read) => `${collection}/${read.id('customer')}`,
			target: (read) => read.id('customer'),
			properties: [picker('customer')],
		},
		{
			kind: 'read',
			value: 'get',
			name: 'Get',
			action: 'Get a customer',
			description: 'Read one customer',
			path: (read) => `${collection}/${read.id('customer')}`,
			properties: [picker('customer')],
		},
		{
			kind: 'list',
			value: 'getMany',
			name: 'Get Many',
			action: 'Get many customers',
			description: 'Read the newest customers',
			path: () => collection,
			params: (read) => read.filters(),
			properties: listProperties<Stripe.CustomerListParams>([email]),
		},
		{
			kind: 'search',
			value: 'search',
			name: 'Search',
			action: 'Search customers',
			description: 'Find customers by their data',
			path: () => `${collection}/search`,
			params: (read) => ({ query: read.text('query') }),
			properties: searchProperties("email:'nathan@example.com'"),
		},
		{
			kind: 'write',
			value: 'update',
			name: 'Update',
			action: 'Update a customer',
			description: "Change a customer's data",
			harmless: ifWordsOnly,
			path: (read) => `${collection}/${read.id('customer')}`,
			target: (read) => read.id('customer'),
			params: (read) => read.additionalFields(),
			properties: [picker('customer'), additionalFields<Stripe.CustomerUpdateParams>(facts)],
		},
	],
};
