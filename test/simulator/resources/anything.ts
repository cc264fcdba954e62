import { noSuch } from '../errors';
import { listing } from '../lists';
import type { SimulatedObject } from '../objects';
import * as given from '../parameters';
import type { Call, RouteResult, Route } from '../route';
import { searching } from '../search';

/**
 * Replaces every endpoint for which the simulator has no rules (`/v1/products`, `/v1/coupons`, …): it stores its
 * parameters and checks nothing but metadata, so that the idempotency of any API call can be tested.
 */
export const anythingRoutes: readonly Route[] = [
	{ method: 'POST', path: '/v1/:collection', prepare: create },
	{
		method: 'GET',
		path: '/v1/:collection',
		prepare: (call) => listing(call, call.world.other(collectionOf(call))),
	},
	...['prices', 'products'].map((name): Route => ({
		method: 'GET',
		path: `/v1/${name}/search`,
		prepare: (call) => searching(call, call.world.other(name), []),
	})),
	{
		method: 'GET',
		path: '/v1/:collection/:id',
		prepare: (call) => {
			const object = found(call);
			return () => object;
		},
	},
	{ method: 'POST', path: '/v1/:collection/:id', prepare: update },
	{ method: 'DELETE', path: '/v1/:collection/:id', prepare: remove },
];

function create(call: Call): () => RouteResult {
	const { params, world: state } = call;
	const metadata = given.mergeMetadata({}, given.readMetadata(params));
	return () => {
		const object: SimulatedObject = {
			...given.pickFields(params),
			id: state.newId('obj'),
			object: kindOf(call),
			created: state.seconds(),
			livemode: state.livemode,
			metadata,
		};
		state.other(collectionOf(call)).save(object);
		state.record(`${object.object}.created`, object, call.cause);
		return object;
	};
}

function update(call: Call): () => RouteResult {
	const object = found(call);
	const metadata = given.mergeMetadata(object.metadata ?? {}, given.readMetadata(call.params));
	return () => {
		const { id, object: kind, created } = object;
		Object.assign(object, given.pickFields(call.params), { id, object: kind, created, metadata });
		call.world.other(collectionOf(call)).save(object);
		call.world.record(`${kind}.updated`, object, call.cause);
		return object;
	};
}

function remove(call: Call): () => RouteResult {
	const object = found(call);
	return () => {
		object.deleted = true;
		call.world.record(`${object.object}.deleted`, object, call.cause);
		return { id: object.id, object: object.object, deleted: true };
	};
}

function found(call: Call): SimulatedObject {
	const id = call.at.id ?? '';
	const object = call.world.other(collectionOf(call)).find(id);
	if (object === undefined || object.deleted === true) throw noSuch(kindOf(call), id);
	return object;
}

function collectionOf(call: Call): string {
	return call.at.collection ?? '';
}

/** `tax_rates` contains objects of the kind `tax_rate`. */
function kindOf(call: Call): string {
	return collectionOf(call).replace(/ies$/, 'y').replace(/s$/, '');
}
