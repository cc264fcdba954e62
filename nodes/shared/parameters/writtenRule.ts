import type { INodeProperties, INodePropertyCollection, INodePropertyOptions } from 'n8n-workflow';

import type { Evaluate } from './expression';
import { hasCondition, isExpression, splitExpression, findReferences, getWholeCode } from './expression';
import type { Importance } from './noValue';
import { isNoValue, containsUnsafeInteger, isListOrObject } from './noValue';
import { findJoinedField, holdsNumber, isJoinedNumber } from './joinedNumbers';
import { ItemError } from '../run/error';
import { isRecord } from './values';

/** What a person entered into a parameter, and its value for an item. */
export interface WrittenParameter {
	/** Its label in the editor. */
	label: string;
	written: unknown;
	value: unknown;
}

const MAX_QUOTE_LENGTH = 40;

const CURE =
	'Fill the field that the expression reads before this node, or correct the expression. To leave the parameter empty on purpose, delete the expression.';

/** @param value the value of the expression, if it is text that means nothing, e.g. `#N/A` */
export function buildNoValueError(label: string, value?: unknown): ItemError {
	const quote = typeof value === 'string' ? value.trim().slice(0, MAX_QUOTE_LENGTH) : '';
	const problem =
		quote === ''
			? 'is an expression that returned no value in this item'
			: `is "${quote}", which is not a value`;
	return new ItemError(label, problem, CURE);
}

function buildNestedValueError(label: string): ItemError {
	return new ItemError(
		label,
		'has a list or an object inside a text',
		'Name one value in it, e.g. {{ $json.item.id }}.',
	);
}

export function buildRoundedNumberError(label: string): ItemError {
	return new ItemError(
		label,
		'is a number with too many digits to be exact',
		'Pass it as text, in quotes.',
	);
}

/**
 * A parameter counts as empty only if nothing is *written* in it. An expression has to return a value, and so does each of its
 * parts and each field that it references, unless a condition handles the missing field.
 *
 * @throws ItemError with the label of the parameter
 */
export function refuseEmptyExpression(
	{ label, written, value }: WrittenParameter,
	importance: Importance,
	evaluate: Evaluate,
) {
	if (containsUnsafeInteger(value)) throw buildRoundedNumberError(label);
	if (!isExpression(written)) return;
	if (isNoValue(value, importance)) throw buildNoValueError(label, value);
	const isWhole = getWholeCode(written) !== undefined;
	for (const { kind, source } of splitExpression(written)) {
		if (kind === 'text') continue;
		const piece = isWhole ? value : evaluate(`{{${source}}}`);
		if (containsUnsafeInteger(piece)) throw buildRoundedNumberError(label);
		if (importance === 'describing') continue;
		if (isNoValue(piece, importance)) throw buildNoValueError(label, piece);
		if (!isWhole && isListOrObject(piece)) throw buildNestedValueError(label);
		refuseMissingFields(label, source, evaluate);
		refuseJoinedNumbers({ label, code: source, value: piece }, evaluate);
	}
}

/**
 * `{{ $json.price + $json.shipping }}` is 105 where a spreadsheet gives "10" and "5". Applies to deciding parameters only.
 *
 * @throws ItemError
 */
export function refuseJoinedNumbers(
	{ label, code, value }: { label: string; code: string; value: unknown },
	evaluate: Evaluate,
): void {
	if (!holdsNumber(value)) return;
	const field = findJoinedField(code, findReferences(code), evaluate)?.field;
	if (field !== undefined || isJoinedNumber(code, value)) throw buildJoinedNumberError(label, field);
}

export function buildJoinedNumberError(label: string, field = '$json.price'): ItemError {
	return new ItemError(
		label,
		'joins numbers that are text: "10" + "5" is "105"',
		`To add them, write Number( … ) around each, e.g. {{ Number(${field}) + 5 }}.`,
	);
}

function refuseMissingFields(label: string, code: string, evaluate: Evaluate): void {
	if (hasCondition(code)) return;
	for (const { field } of findReferences(code)) {
		if (field !== code.trim() && isNoValue(evaluate(`{{ ${field} }}`), 'deciding'))
			throw buildMissingFieldError(label, field);
	}
}

export function buildMissingFieldError(label: string, field: string): ItemError {
	return new ItemError(
		label,
		`names ${field}, which is empty in this item`,
		`Fill that field before this node, or give a default in the expression, e.g. {{ ${field} ?? 0 }}.`,
	);
}

/** What is known of a node's parameters: their importance, and their labels. */
export interface ParameterCatalog {
	/** By path without row positions: `limits.limit.maxPerDay`. */
	importanceOf: (path: string) => Importance;
	/** @param chosen the resource and operation, if a parameter has several labels */
	labelOf: (path: string, chosen?: Chosen) => string;
	/** Returns the declaration of the parameter. */
	propertyOf: (path: string, chosen: Chosen) => Property | undefined;
}

export type Property = INodeProperties | INodePropertyCollection | INodePropertyOptions;

export interface Chosen {
	resource: unknown;
	operation: unknown;
}

/** The same for a parameter with nested ones, such as the rows of Limits, or a selected object. */
export function refuseEmptyExpressionWithin(
	given: WrittenParameter,
	path: string,
	catalog: ParameterCatalog,
	evaluate: Evaluate,
): void {
	const { label, written, value } = given;
	if (Array.isArray(written)) {
		written.forEach((row: unknown, n) => {
			const inner = {
				label: `${label}, row ${n + 1}:`,
				written: row,
				value: getMember(value, String(n)),
			};
			refuseEmptyExpressionWithin(inner, path, catalog, evaluate);
		});
	} else if (isRecord(written)) {
		for (const [name, inner] of Object.entries(written)) {
			const isOfRow = label.endsWith(':');
			// The name of the object that groups the fields of a row.
			const isGroup = name === 'value' && isRecord(inner);
			const below = { written: inner, value: getMember(value, name) };
			const ofRow = isOfRow ? `${label} ${catalog.labelOf(`${path}.${name}`)}` : label;
			const named = isGroup ? `${label}:` : ofRow;
			refuseEmptyExpressionWithin({ label: named, ...below }, `${path}.${name}`, catalog, evaluate);
		}
	} else {
		refuseEmptyExpression(given, catalog.importanceOf(path), evaluate);
	}
}

function getMember(value: unknown, name: string): unknown {
	return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}
