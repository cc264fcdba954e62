import { noSuch } from '../../errors';
import { getOwn, isMap } from '../../form';
import type { ObjectStore } from '../../collection';
import { listing } from '../../lists';
import type { SimulatedObject } from '../../objects';
import * as given from '../../parameters';
import { ALWAYS_ALLOWED, LIST_PARAMETERS, type Call, type Route } from '../../route';

/** A collection whose objects follow their own rules only: its path, its kind of object, and its store. */
export interface Kept<T extends SimulatedObject = SimulatedObject> {
	path: string;
	kind: string;
	storeOf: (call: Call) => ObjectStore<T>;
}

/** The object in the path, unless it was deleted. Throws Stripe's 404. */
export function findKept<T extends SimulatedObject>(call: Call, { storeOf, kind }: Kept<T>): T {
	const object = storeOf(call).find(call.at.id ?? '');
	if (object === undefined || object.deleted === true) throw noSuch(kind, call.at.id ?? '');
	return object;
}

/**
 * Reads one object, and lists all with filters: each filter is a field of the object, with dots for nested
 * fields.
 */
export function readsOf<T extends SimulatedObject>(
	kept: Kept<T>,
	filters: Readonly<Record<string, string>>,
	more: Partial<Route> = {},
): Route[] {
	return [
		{
			method: 'GET',
			path: kept.path,
			parameters: [...LIST_PARAMETERS, ...Object.keys(filters)],
			prepare: (call) =>
				listing(
					call,
					kept.storeOf(call),
					(object) => object.deleted !== true && fits(call, object, filters),
				),
			...more,
		},
		{
			method: 'GET',
			path: `${kept.path}/:id`,
			parameters: ALWAYS_ALLOWED,
			prepare: (call) => {
				const object = findKept(call, kept);
				return () => object;
			},
		},
	];
}

/** A filter with several values matches each of them. */
function fits(call: Call, object: SimulatedObject, filters: Readonly<Record<string, string>>): boolean {
	return Object.entries(filters).every(([param, field]) => {
		const wanted = getOwn(call.params, param);
		const held = field.split('.').reduce<unknown>(readField, object);
		if (wanted === undefined) return true;
		if (isMap(wanted))
			return Object.entries(wanted).every(([name, value]) => String(readField(held, name)) === value);
		if (Array.isArray(wanted)) return given.readList(call.params, param).includes(String(held));
		return String(held) === wanted;
	});
}

function readField(object: unknown, name: string): unknown {
	return (object as Record<string, unknown> | null | undefined)?.[name];
}

/** Overwrites fields with the given parameters; an empty text unsets. */
export function showGiven(call: Call, object: SimulatedObject, names: readonly string[]): void {
	for (const name of names) {
		const value = getOwn(call.params, name);
		if (value !== undefined) Object.assign(object, { [name]: value === '' ? null : value });
	}
}

export function saveAndRecord<T extends SimulatedObject>(
	call: Call,
	{ storeOf }: Pick<Kept<T>, 'storeOf'>,
	type: string,
	object: T,
): T {
	storeOf(call).save(object);
	call.world.record(type, object, call.cause);
	return object;
}
