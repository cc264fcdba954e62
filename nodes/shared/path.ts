/** One step of a path: `["name"]`, `['name']`, `[0]`, or the text between dots. */
const STEP = /\[(?:"([^"]*)"|'([^']*)'|(\d+))\]|([^.[\]]+)/g;

/**
 * The value at a dot path: `order.lines[0].id`. A field whose own name has dots wins. Only own, enumerable properties count,
 * so that `__proto__`, `constructor` or `length` find nothing that is not in the data.
 */
export function valueAt(json: object, path: string): unknown {
	if (Object.hasOwn(json, path)) return (json as Record<string, unknown>)[path];
	const steps = [...path.matchAll(STEP)].map((groups) => groups.slice(1).join(''));
	if (steps.length === 0) return undefined;
	return steps.reduce<unknown>(
		(value, step) =>
			typeof value === 'object' &&
			value !== null &&
			Object.prototype.propertyIsEnumerable.call(value, step)
				? (value as Record<string, unknown>)[step]
				: undefined,
		json,
	);
}
