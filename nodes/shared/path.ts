/** One step of a path: `["name"]`, `['name']`, `[0]`, or the text between dots. */
const STEP = /\[(?:"([^"]*)"|'([^']*)'|(\d+))\]|([^.[\]]+)/g;

/** A field as it was found: under one name, however its path is spelled. */
export interface Located {
	/** `order.lines.0.id` for `order.lines[0].id` and `order["lines"][0].id` alike. */
	name: string;
	value: unknown;
}

/**
 * The value at a dot path: `order.lines[0].id`. A field whose own name has dots wins. Only own, enumerable properties count,
 * so that `__proto__`, `constructor` or `length` find nothing that is not in the data.
 */
export function locate(json: object, path: string): Located {
	if (Object.hasOwn(json, path)) return { name: path, value: (json as Record<string, unknown>)[path] };
	const steps = [...path.matchAll(STEP)].map((groups) => groups.slice(1).join(''));
	if (steps.length === 0) return { name: path, value: undefined };
	const value = steps.reduce<unknown>(
		(found, step) =>
			typeof found === 'object' &&
			found !== null &&
			Object.prototype.propertyIsEnumerable.call(found, step)
				? (found as Record<string, unknown>)[step]
				: undefined,
		json,
	);
	return { name: steps.join('.'), value };
}
