import { isDeepStrictEqual } from 'node:util';

import { isExpression } from './expression';

/** The methods that n8n's run, hook and webhook contexts have in common, if each gets the position of an item. */
export interface InputContext {
	getNodeParameter(
		name: string,
		itemIndex: number,
		otherwise?: unknown,
		options?: { rawExpressions?: boolean; extractValue?: boolean },
	): unknown;
	evaluateExpression(expression: string, itemIndex: number): unknown;
	/** Runs only. */
	getInputData?(): { json: object }[];
}

/** Identifies the caller: the same parameter may be checked in several ways. */
type Reader = object;

const ABSENT = Symbol('absent');

const runs = new WeakMap<InputContext, ParametersOfRun>();

/** Returns the cached parameters of a run. n8n creates one context per run, and reading a parameter takes it long. */
export function parametersOf(context: InputContext): ParametersOfRun {
	const known = runs.get(context) ?? new ParametersOfRun(context);
	runs.set(context, known);
	return known;
}

/**
 * Reads what is the same for all items once per run, and everything else once per item. A parameter is the same for all items if
 * it contains no expression at any depth. Errors are not cached, so that each item is refused.
 */
class ParametersOfRun {
	private readonly stored = new Map<string, unknown>();
	private readonly fixed = new Map<string, boolean>();
	/** Whether n8n returned the same value for the first item of the run, by name. */
	private readonly isPlain = new Map<string, boolean>();
	private readonly ofRun = new Map<Reader, Map<string, unknown>>();
	private ofItem = new Map<Reader, Map<string, unknown>>();
	private position: number | undefined;

	constructor(private readonly context: InputContext) {}

	/** Returns the value in the editor; `otherwise` for a hidden parameter. */
	readWritten(name: string, position: number, otherwise: unknown = null): unknown {
		const stored = this.store(name, position);
		return stored === ABSENT ? otherwise : stored;
	}

	/** Returns n8n's value for the item; `otherwise` for a hidden parameter. */
	value(name: string, position: number, otherwise: unknown = null): unknown {
		if (this.store(name, position) === ABSENT) return otherwise;
		return this.once(this, name, [name], position, () =>
			this.resolve(`value ${name}`, this.store(name, position), position, () =>
				this.context.getNodeParameter(name, position),
			),
		);
	}

	/** Evaluates one expression for the item. */
	evaluate(expression: string, position: number): unknown {
		const evaluate = () =>
			this.resolve(expression, `=${expression}`, position, () =>
				this.context.evaluateExpression(expression, position),
			);
		return recall(this.ofItemAt(position), this, expression, evaluate);
	}

	/**
	 * n8n spends most of its time on the context of an expression. Expressions that only reference fields of the item are read
	 * from the item directly, once n8n itself has returned the same values for them.
	 */
	private resolve(name: string, written: unknown, position: number, ask: () => unknown): unknown {
		if (this.isPlain.get(name) === false) return ask();
		const json = this.context.getInputData?.()[position]?.json;
		const plain = json ? readPlainly(written, json) : NOT_PLAIN;
		if (plain === NOT_PLAIN) return ask();
		if (this.isPlain.has(name)) return plain;
		const value = ask();
		this.isPlain.set(name, isDeepStrictEqual(plain, value));
		return value;
	}

	/**
	 * Returns the result of `read`, cached for the run if all parameters that it uses are the same for all items, otherwise for
	 * the item.
	 *
	 * @param name of the result, unique per reader
	 * @param parameters all parameters that `read` uses
	 */
	once<T>(reader: Reader, name: string, parameters: readonly string[], position: number, read: () => T): T {
		const isFixed = parameters.every((parameter) => this.isFixed(parameter, position));
		return recall(isFixed ? this.ofRun : this.ofItemAt(position), reader, name, read);
	}

	private isFixed(name: string, position: number): boolean {
		const known = this.fixed.get(name);
		if (known !== undefined) return known;
		const isFixed = !hasExpression(this.store(name, position));
		this.fixed.set(name, isFixed);
		return isFixed;
	}

	private store(name: string, position: number): unknown {
		if (this.stored.has(name)) return this.stored.get(name);
		const stored = this.context.getNodeParameter(name, position, ABSENT, { rawExpressions: true });
		this.stored.set(name, stored);
		return stored;
	}

	/** Items are read one after the other, so the cache of an item is dropped with the next one. */
	private ofItemAt(position: number): Map<Reader, Map<string, unknown>> {
		if (position !== this.position) this.ofItem = new Map<Reader, Map<string, unknown>>();
		this.position = position;
		return this.ofItem;
	}
}

function recall<T>(
	memory: Map<Reader, Map<string, unknown>>,
	reader: Reader,
	name: string,
	read: () => T,
): T {
	const known = memory.get(reader) ?? new Map<string, unknown>();
	memory.set(reader, known);
	if (known.has(name)) return known.get(name) as T;
	const value = read();
	known.set(name, value);
	return value;
}

/** n8n evaluates every string that starts with `=`, at any depth (`getParameterValue` of n8n-workflow). */
function hasExpression(written: unknown): boolean {
	if (typeof written !== 'object' || written === null) return isExpression(written);
	return Object.values(written).some(hasExpression);
}

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
