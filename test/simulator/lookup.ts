import type { ObjectStore } from './collection';
import { noSuch } from './errors';
import type { SimulatedObject } from './objects';
import type { Call, Route } from './route';
import { ALWAYS_ALLOWED } from './route';

/** Returns the object that the path names. Throws Stripe's 404 if it does not exist. */
export function findInPath<T extends SimulatedObject>(
	call: Call,
	storeOf: (call: Call) => ObjectStore<T>,
	kind: string,
): T {
	const id = call.at.id ?? '';
	const object = storeOf(call).find(id);
	if (object === undefined) throw noSuch(kind, id);
	return object;
}

/** Reads one object of a collection. */
export function reading<T extends SimulatedObject>(
	path: string,
	storeOf: (call: Call) => ObjectStore<T>,
	kind: string,
): Route {
	return {
		method: 'GET',
		path: `${path}/:id`,
		parameters: ALWAYS_ALLOWED,
		prepare: (call) => {
			const object = findInPath(call, storeOf, kind);
			return () => object;
		},
	};
}
