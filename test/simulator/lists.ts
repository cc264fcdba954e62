import type { ObjectStore } from './collection';
import { invalid, noSuch } from './errors';
import { isMap, getOwn, type ParamMap } from './form';
import type { SimulatedObject } from './objects';
import { readInteger, readText } from './parameters';
import type { Call, RouteHandler } from './route';

/** One page of a list: Stripe's API reference, "Pagination". Lists see every change at once. */
export function listing<T extends SimulatedObject>(
	call: Call,
	collection: ObjectStore<T>,
	keep: (object: T) => boolean = () => true,
): RouteHandler {
	const { params, path } = call;
	const limit = pageSize(params);
	const after = readText(params, 'starting_after');
	const before = readText(params, 'ending_before');
	if (after !== undefined && before !== undefined) {
		throw invalid('starting_after', 'You cannot parameterize both starting_after and ending_before.');
	}
	const inTime = createdFilter(params);
	const cursor = after ?? before;
	let candidates = collection.newestFirst();
	if (cursor !== undefined) {
		const at = candidates.findIndex((object) => object.id === cursor);
		const param = after === undefined ? 'ending_before' : 'starting_after';
		if (at < 0) throw noSuch('object', cursor, param, 400);
		candidates = after === undefined ? candidates.slice(0, at) : candidates.slice(at + 1);
	}
	candidates = candidates.filter((object) => inTime(object) && keep(object));
	const data = before === undefined ? candidates.slice(0, limit) : candidates.slice(-limit);
	const hasMore = candidates.length > limit;
	return () => ({ object: 'list', data, has_more: hasMore, url: path });
}

/** `limit`: 1 to 100, 10 by default. */
export function pageSize(params: ParamMap): number {
	const limit = readInteger(params, 'limit') ?? 10;
	if (limit < 1)
		throw invalid('limit', 'This value must be greater than or equal to 1.', 'parameter_invalid_integer');
	if (limit > 100)
		throw invalid('limit', 'This value must be less than or equal to 100.', 'parameter_invalid_integer');
	return limit;
}

const COMPARISONS: Readonly<Record<string, (created: number, bound: number) => boolean>> = {
	gt: (created, bound) => created > bound,
	gte: (created, bound) => created >= bound,
	lt: (created, bound) => created < bound,
	lte: (created, bound) => created <= bound,
};

function createdFilter(params: ParamMap): (object: SimulatedObject) => boolean {
	const created = getOwn(params, 'created');
	if (!isMap(created)) {
		const exact = readInteger(params, 'created');
		return (object) => exact === undefined || object.created === exact;
	}
	const tests = Object.keys(created).map((name) => {
		const compare = new Map(Object.entries(COMPARISONS)).get(name);
		const bound = readInteger(created, name);
		if (compare === undefined || bound === undefined) {
			throw invalid(
				`created[${name}]`,
				`Received unknown parameter: created[${name}]`,
				'parameter_unknown',
			);
		}
		return (object: SimulatedObject) => compare(object.created, bound);
	});
	return (object) => tests.every((test) => test(object));
}
