import { isExpression } from './expression';

/** The expression has to be evaluated by n8n. */
export const NOT_PLAIN = Symbol('not plain');

/** A field of the item, and the fallback for an item without it. */
interface PlainField {
	steps: readonly string[];
	otherwise: unknown;
}

const QUOTED = String.raw`"[^"\\{}\n]*"|'[^'\\{}\n]*'`;
const STEP = String.raw`\.[A-Za-z_$][\w$]*|\[(?:${QUOTED}|\d{1,9})\]`;
const NUMBER = String.raw`(?:0|[1-9]\d{0,14})(?:\.\d{1,9})?`;
const LITERAL = String.raw`${QUOTED}|${NUMBER}|true|false`;

/** `{{ $json.order["no"] ?? "none" }}`, with nothing around it. */
const PLAIN_FIELD = new RegExp(
	String.raw`^=\{\{\s*\$json(?<steps>(?:${STEP})+)\s*(?:\?\?\s*(?<otherwise>${LITERAL})\s*)?\}\}$`,
);

const EACH_STEP = new RegExp(STEP, 'g');

/**
 * Evaluates a parameter that contains only values, and expressions that each reference a field of the item, without the context
 * that n8n builds for every expression.
 *
 * @param written the value in the editor
 * @returns NOT_PLAIN for any other parameter, and for a field that is not a string, number or boolean
 */
export function readPlainly(written: unknown, json: object): unknown {
	if (isExpression(written)) return readPlainField(written, json);
	if (typeof written !== 'object' || written === null) return written;
	if (Array.isArray(written)) {
		const rows = written.map((row: unknown) => readPlainly(row, json));
		return rows.includes(NOT_PLAIN) ? NOT_PLAIN : rows;
	}
	const fields = Object.entries(written).map(([name, value]) => [name, readPlainly(value, json)] as const);
	return fields.some(([, value]) => value === NOT_PLAIN) ? NOT_PLAIN : Object.fromEntries(fields);
}

function readPlainField(expression: string, json: object): unknown {
	const field = parse(expression);
	if (!field) return NOT_PLAIN;
	let found: unknown = json;
	for (const step of field.steps) {
		if (typeof found !== 'object' || found === null) return NOT_PLAIN;
		const isOwn = Object.prototype.propertyIsEnumerable.call(found, step);
		if (!isOwn && step in found) return NOT_PLAIN;
		found = isOwn ? (found as Record<string, unknown>)[step] : undefined;
	}
	const value = found ?? field.otherwise;
	return ['string', 'number', 'boolean'].includes(typeof value) ? value : NOT_PLAIN;
}

const parsed = new Map<string, PlainField | undefined>();

/** A workflow has few expressions. The limit matters only if expressions are generated. */
const MOST_PARSED = 1_000;

function parse(expression: string): PlainField | undefined {
	if (parsed.has(expression)) return parsed.get(expression);
	const groups = PLAIN_FIELD.exec(expression)?.groups;
	const steps = (groups?.steps?.match(EACH_STEP) ?? []).map(toName);
	// n8n blocks properties that could lead out of the data, such as a constructor.
	const isPlain = steps.length > 0 && !steps.some((step) => step in Object.prototype);
	const field = isPlain ? { steps, otherwise: toLiteral(groups?.otherwise) } : undefined;
	if (parsed.size >= MOST_PARSED) parsed.clear();
	parsed.set(expression, field);
	return field;
}

/** `name` of `.name`, `["name"]` and `['name']`; `0` of `[0]`. */
function toName(step: string): string {
	return step.replace(/^\.|^\[["']?|["']?\]$/g, '');
}

function toLiteral(written: string | undefined): unknown {
	if (written === undefined) return undefined;
	return /^["']/.test(written) ? written.slice(1, -1) : (JSON.parse(written) as unknown);
}
