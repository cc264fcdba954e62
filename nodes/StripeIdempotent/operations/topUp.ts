import type Stripe from 'stripe';

import {
	buildAdditionalFields,
	buildAmountProperties,
	buildListProperties,
	buildProseProperty,
	buildTextProperty,
	metadata,
	otherParameters,
	requiredCurrency,
} from '../../shared/parameters/fields';
import { buildPicker } from '../../shared/parameters/picker';
import { checkParamNames, keepName } from '../../shared/parameters/stripeParams';
import type { StripeResource } from './operation';

const topUpsPath = '/v1/topups';

export const topUpResource: StripeResource = {
	value: 'topUp',
	name: 'Top-Up',
	permission: 'top_up',
	operations: [
		{
			kind: 'write',
			class: 'terminal',
			value: 'cancel',
			name: 'Cancel',
			action: 'Cancel a top up',
			description: 'Stop a top-up that is still pending',
			harmless: 'twice',
			path: (read) => `${topUpsPath}/${read.id('topUp')}/cancel`,
			target: (read) => read.id('topUp'),
			properties: [buildPicker('topUp')],
		},
		{
			kind: 'write',
			class: 'create',
			value: 'create',
			name: 'Create',
			action: 'Create a top up',
			description: 'Add money to your Stripe balance from your bank account',
			path: () => topUpsPath,
			params: (read) =>
				checkParamNames<Stripe.TopupCreateParams>({
					amount: read.amount(),
					currency: read.currency(),
					...read.additionalFields(),
				}),
			properties: [
				...buildAmountProperties({ required: true, description: 'Amount to add' }),
				requiredCurrency,
				buildAdditionalFields<Stripe.TopupCreateParams>([
					buildProseProperty('Description', 'description', {
						placeholder: 'e.g. Payouts of November',
					}),
					metadata,
					otherParameters,
					buildTextProperty('Source', 'source', {
						description: 'ID of the bank account to take it from. If empty, the default.',
					}),
					buildProseProperty('Statement Descriptor', 'statementDescriptor', {
						description: 'Text on the bank statement, at most 15 characters',
					}),
					buildTextProperty('Transfer Group', 'transferGroup', { placeholder: 'e.g. ORDER_1001' }),
				]),
			],
		},
		{
			kind: 'read',
			value: 'get',
			name: 'Get',
			action: 'Get a top up',
			description: 'Read one top-up',
			path: (read) => `${topUpsPath}/${read.id('topUp')}`,
			properties: [buildPicker('topUp')],
		},
		{
			kind: 'list',
			value: 'getMany',
			name: 'Get Many',
			action: 'Get many top ups',
			description: 'Read the newest top-ups',
			path: () => topUpsPath,
			params: (read) => read.filters(),
			properties: buildListProperties<Stripe.TopupListParams>([
				keepName({
					displayName: 'Status',
					name: 'status',
					type: 'options',
					options: [
						{ name: 'Canceled', value: 'canceled' },
						{ name: 'Failed', value: 'failed' },
						{ name: 'Pending', value: 'pending' },
						{ name: 'Succeeded', value: 'succeeded' },
					],
					default: 'succeeded',
				}),
			]),
		},
	],
};
