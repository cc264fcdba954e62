import type Stripe from 'stripe';

import { markList } from '../../shared/parameters/fieldForms';
import { buildListProperties, buildTextProperty } from '../../shared/parameters/fields';
import { buildPicker } from '../../shared/parameters/picker';
import { keepName } from '../../shared/parameters/stripeParams';
import type { StripeResource } from './operation';

const eventsPath = '/v1/events';

export const eventResource: StripeResource = {
	value: 'event',
	name: 'Event',
	permission: 'event',
	operations: [
		{
			kind: 'read',
			value: 'get',
			name: 'Get',
			action: 'Get an event',
			description: 'Read one event. Stripe keeps events for 30 days.',
			path: (read) => `${eventsPath}/${read.id('event')}`,
			properties: [buildPicker('event')],
		},
		{
			kind: 'list',
			value: 'getMany',
			name: 'Get Many',
			action: 'Get many events',
			description: 'Read the newest events of the last 30 days',
			path: () => eventsPath,
			params: (read) => read.filters(),
			properties: buildListProperties<Stripe.EventListParams>([
				keepName({
					displayName: 'Delivered',
					name: 'deliverySuccess',
					type: 'boolean',
					default: true,
					description:
						'Whether to read only events that every endpoint has taken, or only the others',
				}),
				markList(
					buildTextProperty('Types', 'types', {
						placeholder: 'e.g. payout.paid, payout.failed',
						description: 'Comma-separated list of up to 20 types, as Stripe spells them',
					}),
				),
			]),
		},
	],
};
