import type Stripe from 'stripe';

import { noSuch } from '../errors';
import { listing } from '../lists';
import * as given from '../parameters';
import { ALWAYS_ALLOWED, LIST_PARAMETERS, type Route } from '../route';
import type { ParameterNames } from '../sdkTypes';

/** Stripe's API reference, "Events": kept for 30 days. */
const EVENT_LIFE_SECONDS = 30 * 24 * 60 * 60;

export const eventRoutes: readonly Route[] = [
	{
		method: 'GET',
		path: '/v1/events',
		parameters: [
			...LIST_PARAMETERS,
			'type',
			'types',
			'delivery_success',
		] satisfies ParameterNames<Stripe.EventListParams>,
		prepare: (call) => {
			const type = given.readText(call.params, 'type');
			const types = given.readList(call.params, 'types');
			const wanted = [...types, ...(type === undefined ? [] : [type])];
			const oldest = call.world.seconds() - EVENT_LIFE_SECONDS;
			return listing(
				call,
				call.world.events,
				(event) =>
					event.created >= oldest &&
					(wanted.length === 0 || wanted.some((pattern) => names(pattern, event.type))),
			);
		},
	},
	{
		method: 'GET',
		path: '/v1/events/:id',
		parameters: ALWAYS_ALLOWED,
		prepare: (call) => {
			const id = call.at.id ?? '';
			const event = call.world.events.find(id);
			if (event === undefined) throw noSuch('event', id);
			return () => event;
		},
	},
];

/** `charge.*` matches every event about a charge. */
function names(pattern: string, type: string): boolean {
	return pattern.endsWith('*') ? type.startsWith(pattern.slice(0, -1)) : pattern === type;
}
