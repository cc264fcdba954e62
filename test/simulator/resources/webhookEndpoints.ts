import type Stripe from 'stripe';

import { invalid, noSuch } from '../errors';
import { listing } from '../lists';
import type { SimulatedObject } from '../objects';
import * as given from '../parameters';
import { ALWAYS_ALLOWED, LIST_PARAMETERS, type Call, type RouteResult, type Route } from '../route';
import type { ParameterNames, Shown } from '../sdkTypes';

const PATH = '/v1/webhook_endpoints';
const CREATE = [
	'url',
	'enabled_events',
	'api_version',
	'connect',
	'description',
	'metadata',
	...ALWAYS_ALLOWED,
] as const satisfies ParameterNames<Stripe.WebhookEndpointCreateParams>;
const UPDATE = [
	'url',
	'enabled_events',
	'disabled',
	'description',
	'metadata',
	...ALWAYS_ALLOWED,
] as const satisfies ParameterNames<Stripe.WebhookEndpointUpdateParams>;

/** Stripe's API reference, "Webhook Endpoints": only the answer to the creation contains the secret. */
export const webhookEndpointRoutes: readonly Route[] = [
	{ method: 'POST', path: PATH, parameters: CREATE, prepare: create },
	{
		method: 'GET',
		path: PATH,
		parameters: LIST_PARAMETERS,
		prepare: (call) => listing(call, endpointsOf(call), ({ deleted }) => deleted !== true),
	},
	{
		method: 'GET',
		path: `${PATH}/:id`,
		parameters: ALWAYS_ALLOWED,
		prepare: (call) => {
			const endpoint = found(call);
			return () => endpoint;
		},
	},
	{ method: 'POST', path: `${PATH}/:id`, parameters: UPDATE, prepare: update },
	{
		method: 'DELETE',
		path: `${PATH}/:id`,
		parameters: ALWAYS_ALLOWED,
		prepare: (call) => {
			const endpoint = found(call);
			return () => {
				endpoint.deleted = true;
				return { id: endpoint.id, object: 'webhook_endpoint', deleted: true };
			};
		},
	},
];

function create(call: Call): () => RouteResult {
	const { params, world: state } = call;
	const url = given.requireText(params, 'url');
	const events = given.readList(params, 'enabled_events');
	if (!/^https?:\/\/[^/]/.test(url))
		throw invalid('url', 'Invalid URL: An explicit scheme (such as https) must be provided.');
	if (url.includes('unreachable')) throw invalid('url', 'Invalid URL: URL must be publicly accessible.');
	if (events.length === 0) throw invalid('enabled_events', 'Missing required param: enabled_events.');
	const metadata = given.mergeMetadata({}, given.readMetadata(params));
	const connect = given.readFlag(params, 'connect') ?? false;
	return () => {
		const endpoint = {
			id: state.newId('we'),
			object: 'webhook_endpoint',
			api_version: given.readText(params, 'api_version') ?? null,
			application: connect ? 'ca_simulator' : null,
			created: state.seconds(),
			description: given.readText(params, 'description') ?? null,
			enabled_events: events,
			livemode: state.livemode,
			metadata,
			status: 'enabled',
			url,
		} satisfies Shown<Stripe.WebhookEndpoint, SimulatedObject>;
		endpointsOf(call).save(endpoint);
		return { ...endpoint, secret: secretOf(endpoint.id) };
	};
}

function update(call: Call): () => RouteResult {
	const { params } = call;
	const endpoint = found(call);
	const isDisabled = given.readFlag(params, 'disabled');
	const events = given.readList(params, 'enabled_events');
	return () => {
		endpoint.url = given.readText(params, 'url') ?? endpoint.url;
		endpoint.description = given.readText(params, 'description') ?? endpoint.description;
		if (isDisabled !== undefined) endpoint.status = isDisabled ? 'disabled' : 'enabled';
		if (events.length > 0) endpoint.enabled_events = events;
		return endpoint;
	};
}

/** Lets a test sign events for this endpoint. */
export function secretOf(endpointId: string): string {
	return `whsec_${endpointId}`;
}

/**
 * Serializes an event as Stripe does, indented and in ASCII, so that parsing and serializing it again gives
 * another text.
 */
export function asStripeWrites(event: object): string {
	return JSON.stringify(event, null, 2).replace(
		/[\u0080-\uffff]/g,
		(letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`,
	);
}

function endpointsOf({ world: state }: Call) {
	return state.other('webhook_endpoints');
}

function found(call: Call): SimulatedObject {
	const id = call.at.id ?? '';
	const endpoint = endpointsOf(call).find(id);
	if (endpoint === undefined || endpoint.deleted === true) throw noSuch('webhook_endpoint', id);
	return endpoint;
}
