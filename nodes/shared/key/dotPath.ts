import { toCanonicalText } from '../../../ledger/model/canonicalText';

/** One step of a path: `["name"]`, `['name']`, `[0]`, or the text between dots. */
const PATH_STEP = /\[(?:"([^"]*)"|'([^']*)'|(\d+))\]|([^.[\]]+)/g;

/** A field under its canonical name, however its path was written. */
export interface LocatedField {
	/** `order.lines.0.id` for both `order.lines[0].id` and `order["lines"][0].id`. */
	name: string;
	value: unknown;
}

/**
 * Returns the value at a dot path: `order.lines[0].id`. A field whose own name contains dots takes precedence. Only own,
 * enumerable properties count, so that `__proto__`, `constructor` or `length` find nothing that is not in the data.
 */
export function getByPath(json: object, path: string): LocatedField {
	const exactMatch = getOwnField(json, path);
	if (exactMatch) return { name: path, value: exactMatch.value };
	const steps = [...path.matchAll(PATH_STEP)].map((groups) => groups.slice(1).join(''));
	if (steps.length === 0) return { name: path, value: undefined };
	const value = steps.reduce<unknown>((found, step) => getOwnField(found, step)?.value, json);
	return { name: steps.join('.'), value };
}

/**
 * Finds a field by name. Spreadsheet headers may contain invisible spaces, no-break spaces or byte order marks: `Order Number `
 * is found by `Order Number` if no field has exactly this name.
 *
 * @returns undefined if there is none, or if several look the same
 */
function getOwnField(parent: unknown, name: string): { value: unknown } | undefined {
	if (typeof parent !== 'object' || parent === null) return undefined;
	const fields = parent as Record<string, unknown>;
	if (Object.prototype.propertyIsEnumerable.call(parent, name)) return { value: fields[name] };
	if (Array.isArray(parent)) return undefined;
	const seen = toVisibleName(name);
	const alike = Object.keys(parent).filter((own) => toVisibleName(own) === seen);
	const [own] = alike;
	return own !== undefined && alike.length === 1 ? { value: fields[own] } : undefined;
}

/** Returns a name as it looks: any white space is one space. */
function toVisibleName(name: string): string {
	return toCanonicalText(name).replace(/\s/g, ' ');
}
