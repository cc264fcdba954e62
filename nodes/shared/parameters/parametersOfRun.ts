import { isDeepStrictEqual } from 'node:util';

import { isExpression } from './expression';
import { NOT_PLAIN, readPlainly } from './plainField';

/** What n8n's contexts of runs offer, and those of hooks and webhooks where they are given the position of an item. */
export interface InputContext {
	getNodeParameter(
		name: string,
		itemIndex: number,
		otherwise?: unknown,
		options?: { rawExpressions?: boolean; extractValue?: boolean },
	): unknown;
	evaluateExpression(expression: string, itemIndex: number): unknown;
	/** Only of a run. */
	getInputData?(): { json: object }[];
}

/** Whoever reads by it: the same parameter may be checked in more than one way. */
type Reader = object;

const ABSENT = Symbol('absent');

const runs = new WeakMap<InputContext, ParametersOfRun>();

/** What is known of a node's parameters in this run: n8n has one context per run, and takes its time to read a parameter. */
export function parametersOf(context: InputContext): ParametersOfRun {
	const known = runs.get(context) ?? new ParametersOfRun(context);
	runs.set(context, known);
	return known;
}

/**
 * Reads what is the same for all items once per run, and what is not once per item. A parameter is the same for all of them
 * where no expression stands in it, however deep. What throws is remembered nowhere, so that each item is refused.
 */
class ParametersOfRun {
	private readonly stored = new Map<string, unknown>();
	private readonly fixed = new Map<string, boolean>();
	/** By what is read: whether n8n made the same of it in the first item of the run. */
	private readonly isPlain = new Map<string, boolean>();
	private readonly ofRun = new Map<Reader, Map<string, unknown>>();
	private ofItem = new Map<Reader, Map<string, unknown>>();
	private position: number | undefined;

	constructor(private readonly context: InputContext) {}

	/** As it stands in the editor; `otherwise` for a parameter that does not show. */
	readWritten(name: string, position: number, otherwise: unknown = null): unknown {
		const stored = this.store(name, position);
		return stored === ABSENT ? otherwise : stored;
	}

	/** What n8n makes of it in the item; `otherwise` for a parameter that does not show. */
	value(name: string, position: number, otherwise: unknown = null): unknown {
		if (this.store(name, position) === ABSENT) return otherwise;
		return this.once(this, name, [name], position, () =>
			this.resolve(`value ${name}`, this.store(name, position), position, () =>
				this.context.getNodeParameter(name, position),
			),
		);
	}

	/** What one expression gives in the item. */
	evaluate(expression: string, position: number): unknown {
		const evaluate = () =>
			this.resolve(expression, `=${expression}`, position, () =>
				this.context.evaluateExpression(expression, position),
			);
		return recall(this.ofItemAt(position), this, expression, evaluate);
	}

	/**
	 * n8n takes most of its time for the surroundings of an expression. Where all that is written are fields of the item, they
	 * are read from it, once n8n itself has made the same of them.
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
	 * What `read` gives: kept for the run where all parameters that it reads are the same for all items, else for the item.
	 *
	 * @param name of what is read, one per reader
	 * @param parameters all that `read` looks at
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

	/** Items are read one after the other: what belongs to one is forgotten with the next. */
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

/** n8n evaluates each text that begins with `=`, at whatever depth it stands (`getParameterValue` of n8n-workflow). */
function hasExpression(written: unknown): boolean {
	if (typeof written !== 'object' || written === null) return isExpression(written);
	return Object.values(written).some(hasExpression);
}
