import { leaveOutEmptied } from './emptiedValues';
import { DuplicateNameError, InexactNumberError, parseExactJson } from './exactJson';
import type { Evaluate, Reference } from './expression';
import { hasCondition, isExpression, findReferences, getWholeCode } from './expression';
import { findJoinedField, holdsNumber } from './joinedNumbers';
import type { Importance } from './noValue';
import { isNoValue, isUnsafeInteger, isListOrObject } from './noValue';
import { ItemError } from '../run/error';
import { MAX_VALUE_DEPTH, isNestedBeyond, toInputText } from './values';
import type { WrittenParameter } from './writtenRule';
import {
	buildNoValueError,
	buildMissingFieldError,
	refuseEmptyExpression,
	buildJoinedNumberError,
	buildRoundedNumberError,
	refuseJoinedNumbers,
} from './writtenRule';
import type { PlacedPiece } from './jsonTemplate';
import { locatePieces, parseTyped } from './jsonTemplate';

const EXAMPLE = 'Write it like { "description": "Order 1001" }.';

/** Returns how much a missing value would change, by its path. */
type ImportanceAt = (path: readonly string[]) => Importance;

/**
 * A JSON parameter of one item. Both its value and its source are checked: every value that an expression should insert has to
 * exist. Numbers are exact, as strings if a double would round them.
 */
export class JsonParameter {
	constructor(
		private readonly parameter: WrittenParameter,
		private readonly importanceAt: ImportanceAt,
		private readonly evaluate: Evaluate,
	) {}

	/**
	 * @returns any JSON value; undefined if empty
	 * @throws ItemError with label and path
	 */
	read(): unknown {
		const { written, value, label } = this.parameter;
		if (isExpression(written)) {
			if (!isListOrObject(value) && isNoValue(value, 'deciding')) throw buildNoValueError(label, value);
			const code = getWholeCode(written);
			if (code === undefined) this.refuseEmptyPieces(written);
			else this.refuseEmptyParts(code, value, []);
		} else this.refuseEmptyWithin(written, value, []);
		if (value === null || value === undefined || value === '') return undefined;
		const parsed = typeof value === 'string' ? this.parseText(value) : value;
		this.refuseDepth(parsed);
		if (isExpression(written) && getWholeCode(written) !== undefined) this.refuseEmptyValues(parsed, []);
		this.refuseRounded(parsed, []);
		if (typeof written === 'string' && !isExpression(written)) return parsed;
		return leaveOutEmptied(
			parsed,
			parseTyped(written),
			(path) => this.importanceAt(path) === 'describing',
		);
	}

	private parseText(text: string): unknown {
		try {
			return parseExactJson(text);
		} catch (error) {
			throw this.toItemError(error);
		}
	}

	private toItemError(error: unknown): ItemError {
		const { label } = this.parameter;
		if (error instanceof InexactNumberError) {
			const problem = `has the number ${error.digits.slice(0, 40)}, which cannot be stored exactly`;
			return new ItemError(label, problem, 'Pass it as text, in quotes.');
		}
		if (error instanceof DuplicateNameError)
			return new ItemError(label, `has "${error.duplicate}" twice`, 'Leave one of the two out.');
		const where = error instanceof Error ? ` (${error.message})` : '';
		return new ItemError(label, `is not valid JSON${where}`, EXAMPLE);
	}

	private refuseDepth(parsed: unknown): void {
		if (!isNestedBeyond(MAX_VALUE_DEPTH, parsed)) return;
		throw new ItemError(
			this.parameter.label,
			'is nested too deeply',
			"No parameter of Stripe's API has that many levels. Check where the value comes from.",
		);
	}

	/** JSON text with code in it: each part is evaluated on its own. */
	private refuseEmptyPieces(written: string): void {
		for (const piece of locatePieces(written)) this.refuseEmptyPiece(piece);
	}

	private refuseEmptyPiece({ source, path, isInText }: PlacedPiece): void {
		const label = this.labelAt(path);
		const value = this.evaluate(`{{${source}}}`);
		if (isUnsafeInteger(value)) throw buildRoundedNumberError(label);
		if (isNoValue(value, this.importanceAt(path))) throw buildNoValueError(label, value);
		if (isListOrObject(value)) {
			throw new ItemError(label, 'is an object inside a text', 'Put JSON.stringify( … ) around it.');
		}
		if (value !== null && !isSelfContained(toInputText(value), isInText)) {
			throw new ItemError(
				label,
				`would end the ${isInText ? 'text' : 'value'} around it`,
				'Write {{ JSON.stringify( … ) }} in its place, without quotes around it.',
			);
		}
		this.refuseEmptyParts(source, value, path);
		if (this.importanceAt(path) === 'deciding')
			refuseJoinedNumbers({ label, code: source, value }, this.evaluate);
	}

	/** JSON that code builds: each value in it, and each field that it references, is checked. */
	private refuseEmptyParts(code: string, value: unknown, path: readonly string[]): void {
		const references = findReferences(code);
		if (references.some(({ field }) => field === code.trim())) return;
		const made =
			isListOrObject(value) || hasJsonCall(code) ? evaluateObject(code, this.evaluate) : undefined;
		if (made) this.refuseEmptyValues(made, path);
		this.refuseJoinedNumbersIn(made ?? value, { code, references, path });
		if (hasCondition(code) && (made || !hasJsonCall(code))) return;
		for (const reference of references) {
			const where = [...path, ...reference.path];
			const found = this.evaluate(`{{ ${reference.field} }}`);
			if (isNoValue(found, this.importanceAt(where)))
				throw buildMissingFieldError(this.labelAt(where), reference.field);
		}
	}

	/** In code that builds an object, only the fields beside a plus sign tell what is joined. */
	private refuseJoinedNumbersIn(
		value: unknown,
		{ code, references, path }: { code: string; references: Reference[]; path: readonly string[] },
	): void {
		for (const reference of references) {
			const where = [...path, ...reference.path];
			if (this.importanceAt(where) === 'describing' || !holdsNumber(value, reference.path)) continue;
			if (findJoinedField(code, [reference], this.evaluate))
				throw buildJoinedNumberError(this.labelAt(where), reference.field);
		}
	}

	private refuseEmptyValues(value: unknown, path: readonly string[]): void {
		if (isListOrObject(value) && Object.keys(value).length > 0) {
			for (const [name, inner] of Object.entries(value)) this.refuseEmptyValues(inner, [...path, name]);
		} else if (path.length > 0 && this.isEmpty(value, path)) {
			throw buildNoValueError(this.labelAt(path), value === NO_VALUE_MARK ? undefined : value);
		}
	}

	private isEmpty(value: unknown, path: readonly string[]): boolean {
		return value === NO_VALUE_MARK || isNoValue(value, this.importanceAt(path));
	}

	/** JSON as an object: a person, or a program that writes workflows, has put expressions into its fields. */
	private refuseEmptyWithin(written: unknown, value: unknown, path: readonly string[]): void {
		if (isListOrObject(written)) {
			for (const [name, inner] of Object.entries(written)) {
				const found = isListOrObject(value) ? (value as Record<string, unknown>)[name] : undefined;
				this.refuseEmptyWithin(inner, found, [...path, name]);
			}
		} else if (isExpression(written)) {
			refuseEmptyExpression(
				{ label: this.labelAt(path), written, value },
				this.importanceAt(path),
				this.evaluate,
			);
			if (isListOrObject(value)) this.refuseEmptyValues(value, path);
		}
	}

	private refuseRounded(value: unknown, path: readonly string[]): void {
		if (isUnsafeInteger(value)) throw buildRoundedNumberError(this.labelAt(path));
		if (!isListOrObject(value)) return;
		for (const [name, inner] of Object.entries(value)) this.refuseRounded(inner, [...path, name]);
	}

	private labelAt(path: readonly string[]): string {
		return [this.parameter.label, ...path].join(' › ');
	}
}

/** Returns whether a value stays in its position: it neither ends its string, nor adds parameters. */
function isSelfContained(text: string, isInText: boolean): boolean {
	try {
		JSON.parse(isInText ? `"${text}"` : `[${text}]`);
		return true;
	} catch {
		return false;
	}
}

/** The placeholder for a missing value. */
const NO_VALUE_MARK = 'n8n: nothing was found here';

/**
 * Evaluates code that returns an object, with a placeholder for every missing value. JSON, and some of n8n's expression engines,
 * drop keys without a value, so the object is inspected inside the engine, with a `JSON` that keeps them.
 *
 * @returns undefined if the code cannot be inspected this way, or does not return an object
 */
function evaluateObject(code: string, evaluate: Evaluate): object | undefined {
	const plainCode = code.replaceAll(/\??\.toJsonString\(\)/g, '');
	const shown = `(key, value) => value === undefined || Number.isNaN(value) ? ${JSON.stringify(NO_VALUE_MARK)} : value`;
	const telling = `{ parse: JSON.parse, stringify: (value) => JSON.stringify(value, ${shown}) }`;
	try {
		return parseObject(evaluate(`{{ ((JSON) => JSON.stringify((${plainCode}\n)))(${telling}) }}`));
	} catch {
		return undefined;
	}
}

/** If the code itself created JSON text, the result is JSON text within JSON text. */
function parseObject(text: unknown): object | undefined {
	const value: unknown = typeof text === 'string' ? JSON.parse(text) : undefined;
	if (typeof value === 'string' && value !== text) return parseObject(value);
	return typeof value === 'object' && value !== null ? value : undefined;
}

/** Returns whether code creates JSON text itself. */
function hasJsonCall(code: string): boolean {
	return /JSON\s*\.\s*stringify|toJsonString/.test(code);
}
