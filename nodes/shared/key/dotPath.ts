import { toCanonicalText } from '../../../ledger/model/canonicalText';

/** One step of a path: `["name"]`, `['name']`, `[0]`, or the text between dots. */
const PATH_STEP = /\[(?:"([^"]*)"|'([^']*)'|(\d+))\]|([^.[\]]+)/g;

/** A field as it was found: under one name, however its path is spelled. */
export interface LocatedField {
	/** `order.lines.0.id` for `order.lines[0].id` and `order["lines"][0].id` alike. */
	name: string;
	value: unknown;
}

/**
 * The value at a dot path: `order.lines[0].id`. A field whose own name has dots wins. Only own, enumerable properties count,
 * so that `__proto__`, `constructor` or `length` find nothing that is not in the data.
 */
export function getByPath(json: object, path: string): LocatedField {
	const whole = getOwnField(json, path);
	if (whole) return { name: path, value: whole.value };
	const steps = [...path.matchAll(PATH_STEP)].map((groups) => groups.slice(1).join(''));
	if (steps.length === 0) return { name: path, value: undefined };
	const value = steps.reduce<unknown>((found, step) => getOwnField(found, step)?.value, json);
	return { name: steps.join('.'), value };
}

/**
 * A field by its name. A header of a spreadsheet may have a space, a no-break space or a byte order mark around it or in it
 * that nobody sees: `Order Number ` is found by `Order Number`, where no field has that very name.
 *
 * @returns undefined where there is none, or where several look the same
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

/** A name as a person sees it: every kind of white space is one blank. */
function toVisibleName(name: string): string {
	return toCanonicalText(name).replace(/\s/g, ' ');
}
