import type { ObjectStore } from './collection';
import { invalid, noSuch } from './errors';
import { isMap, getOwn, type ParamMap } from './form';
import type { SimulatedObject } from './objects';
import { readInteger, readText } from './parameters';
import type { Call, RouteHandler } from './route';

/** One page of a list: Stripe's API reference, "Pagination". Lists show every change immediately. */
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
	const inTime = buildRangeFilter(params, 'created');
	const cursor = after ?? before;
	let candidates = collection.newestFirst();
	if (cursor !== undefined) {
		const at = candidates.findIndex((object) => object.id === cursor);
		const param = after === undefined ? 'ending_before' : 'starting_after';
		if (at < 0) throw noSuch('object', cursor, param, 400);
		candidates = after === undefined ? candidates.slice(0, at) : candidates.slice(at + 1);
	}
	candidates = candidates.filter((object) => inTime(createdOf(object)) && keep(object));
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

/** Invoice items have a `date` instead. */
function createdOf({ created, date }: SimulatedObject): number | undefined {
	return typeof date === 'number' ? date : created;
}

const COMPARISONS: Readonly<Record<string, (time: number, bound: number) => boolean>> = {
	gt: (time, bound) => time > bound,
	gte: (time, bound) => time >= bound,
	lt: (time, bound) => time < bound,
	lte: (time, bound) => time <= bound,
};

/** `created[gte]=…`, or an exact time. An object without the time matches no range. */
export function buildRangeFilter(
	params: ParamMap,
	param: string,
): (time: number | null | undefined) => boolean {
	const range = getOwn(params, param);
	if (!isMap(range)) {
		const exact = readInteger(params, param);
		return (time) => exact === undefined || time === exact;
	}
	const tests = Object.keys(range).map((name) => {
		const compare = new Map(Object.entries(COMPARISONS)).get(name);
		const bound = readInteger(range, name);
		if (compare === undefined || bound === undefined) {
			const unknown = `${param}[${name}]`;
			throw invalid(unknown, `Received unknown parameter: ${unknown}`, 'parameter_unknown');
		}
		return (time: number | null | undefined) => typeof time === 'number' && compare(time, bound);
	});
	return (time) => tests.every((test) => test(time));
}
